"""Codes of the models that changed from version to version (facts: version-differences)."""

from __future__ import annotations

__all__ = [
    "ATTRIBUTIONS",
    "ATTRIBUTIONS_BACK",
    "CALLER_TYPES",
    "CALLER_TYPES_BACK",
    "DEADLINES",
    "LANGUAGES",
    "ORIGINS",
    "RESOURCE_FAMILIES",
    "RESOURCE_TYPES",
    "SEXES",
    "STATUSES",
    "VEHICLES",
    "WHATS_HAPPEN",
    "WHATS_HAPPEN_BACK",
]

SEXES = {"MASC": "M", "FEM": "F", "AUTRE": "O", "INCONNU": "UN"}

LANGUAGES = {"FR": "fr", "GB": "en", "DE": "de", "IT": "it", "ES": "es"}
"""Countries of v1 and languages of v2; every other one goes to a note (facts: converter 3.2)."""

WHATS_HAPPEN = {
    "C02.15.00": "C02.16.00",
    "C02.15.01": "C02.16.01",
    "C02.15.02": "C02.16.02",
    "C02.15.03": "C02.16.03",
    "C02.14.05": "C02.15.05",
    "C02.14.06": "C02.15.06",
}
"""v1 numbers two lists C02.14: what only the second has is told by its number, the rest stays."""
WHATS_HAPPEN_BACK = {f"C02.15.0{number}": f"C02.14.0{number}" for number in range(7)}

ATTRIBUTIONS = {
    "DRMMRU": "DRM.MRU",
    "MU": "DRM.MRU.MU",
    "SSE": "DRM.MRU.SSE",
    "PLANBLAN": "DRM.MRU.PLANBLAN",
    "DENT": "DRM.SPE.DENT",
    "GERIA": "DRM.SPE.GERIA",
    "PEDIA": "DRM.SPE.PEDIA",
    "PSY": "DRM.SPE.PSY",
    "TOXICOL": "DRM.SPE.TOXICOL",
    "DRMMRL": "DRM.MRL",
    "MG": "DRM.MRL.MG",
    "INDISPMG": "DRM.MRL.INDISPMG",
    "ABSML": "DRM.MRL.ABSML",
    "DREG": "DR.DREG",
    "DRARM": "DR.DREG.DRARM",
    "DRMED": "DR.DREG.DRMED",
    "DRPHARMA": "DR.DREG.DRPHARMA",
    "DRDENT": "DR.DREG.DRDENT",
    "DRINFO": "DR.DREG.DRINFO",
    "DOS-SIS": "DR.DREG.DOS-SIS",
    "DOS-FDO": "DR.DREG.DOS-FDO",
    "D-MALV": "D.D-MALV",
    "ERR": "D.D-MALV.ERR",
    "NRP": "D.D-MALV.NRP",
    "MALV": "D.D-MALV.MALV",
    "FAX": "D.D-MALV.FAX",
    "ITERATIF": "D.D-MALV.ITERATIF",
    "D-IDENT": "D.D-IDENT",
    "ADMIN": "D.D-IDENT.ADMIN",
    "PERSO": "D.D-IDENT.PERSO",
    "AUTRE": "D.D-IDENT.AUTRE",
}
"""INDISPMU and PCSAMU are missing on purpose: the service's own keys for them carry a stray colon
and never match, so both pass as they are (facts: converter 3.2)."""
ATTRIBUTIONS_BACK = {
    "DRM.MRU.INDISPMU": "INDISPMU",
    "DRM.MRU.PCSAMU": "PCSAMU",
    "DRM.SPE": "DRM",
    "DRM.SPE.OBST": "DRM",
    "DR.DREG.DRDAC": "DREG",
}
"""Those that v1 lacks become the one above them."""

CALLER_TYPES = {
    "MEDSOS": "MED.MEDSOS",
    "MRL": "MED.MRL",
    "EFFML": "MED.EFFML",
    "INF": "SANTE.INF",
    "AIDESOIN": "SANTE.AIDESOIN",
    "SF": "SANTE.SF",
    "AIDEDOM": "SANTE.AIDEDOM",
}
CALLER_TYPES_BACK = {
    "AMBULANC.AASC": "AMBULANC",
    "AMBULANC.AUTRESEC": "AMBULANC",
    "SANTE.PHARMA": "SANTE",
    "SANTE.DENTISTE": "SANTE",
    "SANTE.LABO": "SANTE",
    "FDO-MILI.POL": "FDO-MILI",
    "FDO-MILI.GENDARM": "FDO-MILI",
    "FDO-MILI.MILI": "FDO-MILI",
}

RESOURCE_TYPES = {"LIB": "LIBERAL"}
"""Of a decision; all others of v1 are the families of v2."""

ORIGINS = {"18": "CTA-CONF", "17": "FDO"}

STATUSES = {"ARRIVE": "ARRIVEE", "TRANSPOR": "TRANSP", "FINPEC": "FINMED"}
"""Of a resource, v1 and v2."""

DEADLINES = {f"DEL{time}": time for time in ("30M", "45M", "1H", "2H", "4H", "8H", "12H", "24H")}

_FAMILIES = {
    "AASC": "VLSC VPSP AUTRESC",
    "AUTREVEC": "APIED AVION PERSO TAXI TRAIN TRANSP AUTRE AUTRETRA",
    "FSI": "HELIFSI VLFSI FFSI VHFSI",
    "LIB": "MEDV INF AUTREPRO",
    "SIS": "DRAGON AVSC FEUSIS GRIMP NAVISIS PCSIS SRSIS VCH VLCG VLISP VLMSP VLSIS VPL VPMA VR "
    "VSAV MOYSSE AUTRESIS",
    "SMUR": "VLM VL PSM1 PSM2 PSM3 PSMP VPC AR AR-BAR AR-PED HELISMUR HELISAN AVSMUR AVSAN "
    "NAVISMUR",
    "TSU": "VSL AMB-GV AMB-PV AMB-BAR AMB",
}
VEHICLES = {
    vehicle: f"{family}.{vehicle}"
    for family, vehicles in _FAMILIES.items()
    for vehicle in vehicles.split()
}
"""Vehicles of v1, which v2 puts behind their family."""

RESOURCE_FAMILIES = {
    "SMUR": "SMUR",
    "SIS": "SIS",
    "TSU ": "TSU",
    "AASC": "AASC",
    "FDO": "FSI",
    "LIB": "LIB",
    "AUTRE": "AUTREVEC",
}
"""Resource types of v1 and the families of vehicles of v2. HOSPIT has no vehicles."""
