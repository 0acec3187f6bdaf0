"""What a file of certificates is, whether the Hub takes it, and what will go wrong with it."""

from hubemu.pki.inspection.finding import FileFinding
from hubemu.pki.inspection.inspecting import Acceptance, Inspection, inspect_material
from hubemu.pki.inspection.telling import inspection_json, inspection_text

__all__ = [
    "Acceptance",
    "FileFinding",
    "Inspection",
    "inspect_material",
    "inspection_json",
    "inspection_text",
]
