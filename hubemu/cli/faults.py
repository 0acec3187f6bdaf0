"""`hubemu faults list|clear|kinds|log|report`: the fault rules of a running Hub."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import quote

from hubemu.cli.access import control_of
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_bytes, result_json, talk
from hubemu.cli.parameters import Argument, Option
from hubemu.errors import CheckFailed, InputError
from hubemu.home import Home

__all__ = [
    "FAULTS",
    "faults_clear",
    "faults_kinds",
    "faults_list",
    "faults_log",
    "faults_report",
    "told",
]

FAULTS = "/api/v1/faults"
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "event": "an event is {}",
        "needed": "needed",
        "optional": "optional",
        "default": "default {}",
        "files": "files that are shipped (--file NAME)",
    },
    "fr": {
        "event": "un événement est {}",
        "needed": "obligatoire",
        "optional": "facultatif",
        "default": "par défaut {}",
        "files": "fichiers livrés (--file NOM)",
    },
}


def faults_list(home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """List the rules with their strikes; a rule that never struck has shown nothing."""
    answer = control_of(Home(home)).get(FAULTS)
    if as_json:
        result_json(answer)
        return
    for rule in answer["faults"]:
        result(told(rule))
    if not answer["faults"]:
        result("no fault rules")
    talk(f"seed {answer['seed']}, version {answer['version']}, rules {answer['hash']}")


def faults_clear(
    ids: Annotated[
        tuple[str, ...], Argument(metavar="[ID]...", help="Rules to clear; all if none is named.")
    ] = (),
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Clear rules: what they held goes on in its order, and nothing of them is left."""
    control = control_of(Home(home))
    listed = [rule["id"] for rule in control.get(FAULTS)["faults"]]
    if absent := [one for one in ids if one not in listed]:
        known = f"there are {', '.join(listed)}" if listed else "there are none"
        raise InputError(absent[0], f"no fault rule has this id: {known}; nothing was cleared")
    for path in [f"{FAULTS}/{quote(one, safe='')}" for one in ids] or [FAULTS]:
        status, answer = control.call("DELETE", path)
        if status == HTTPStatus.NOT_FOUND:
            raise InputError(path.rpartition("/")[2], answer["detail"])
        if status != HTTPStatus.NO_CONTENT:
            raise CheckFailed(answer["detail"])
    cleared = list(ids) or listed
    if as_json:
        result_json({"cleared": cleared})
    else:
        result(f"cleared {', '.join(cleared)}" if cleared else "there were no fault rules")


def faults_kinds(
    schema: Annotated[
        bool, Option("--schema", help="Print the JSON Schema of a file of rules instead.")
    ] = False,
    lang: Annotated[Literal["en", "fr"], Option(help="Language of the texts.")] = "en",
    as_json: Json = False,
) -> None:
    """List every effect with its parameters and defaults, and the rules that are shipped."""
    from hubemu.faults.files import presets
    from hubemu.faults.schema import file_schema, kinds

    if schema:
        result_json(file_schema())
        return
    every, words = kinds(lang), _WORDS[lang]
    if as_json:
        result_json(every)
        return
    family = ""
    for kind in every:
        if kind["where"] != family:
            family = kind["where"]
            event = words["event"].format(kind["event"])
            result(f"{family} ({event}; match: {', '.join(kind['match'])})")
        result(f"  {kind['effect']:<18} {kind['text']}")
        for parameter in kind["parameters"]:
            result(f"    --{parameter['name']:<14} {_parameter(parameter, words)}")
    result(f"{words['files']}: {', '.join(presets())}")


def faults_log(home: HomeFolder = DEFAULT_HOME) -> None:
    """Print each decision of each rule; the same seed, rules and messages give the same log.

    It is a JSON object a line as it is, so there is no --json.
    """
    control = control_of(Home(home))
    build = control.get(FAULTS)
    if lines := control.text(f"{FAULTS}/log").rstrip(b"\n"):
        result_bytes(lines)
    talk(f"seed {build['seed']}, version {build['version']}, rules {build['hash']}")


def faults_report(home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """Print what became of all messages; exit 1 if one was lost."""
    report = control_of(Home(home)).get(f"{FAULTS}/report")
    if as_json:
        result_json(report)
    else:
        for name, value in report.items():
            shown = ", ".join(value) if isinstance(value, list) else value
            result(f"{name:<13} {shown}")
    if report["lost"]:
        raise CheckFailed(f"{report['lost']} confirmed messages are not accounted for")


def told(rule: dict[str, Any]) -> str:
    """A rule on one line."""
    name = f" {rule['name']!r}" if rule["name"] else ""
    parts = [f"{rule['id']}{name}: {rule['where']} {rule['effect']}"]
    given = rule["parameters"] | {f"match {key}": value for key, value in rule["match"].items()}
    parts += [f"{key}={_value(value)}" for key, value in given.items() if value is not None]
    usual: dict[str, Any] = {"after": 0, "times": None, "every": 1, "probability": 1}
    usual["seconds"] = None
    parts += [f"{key}={_value(rule[key])}" for key, value in usual.items() if rule[key] != value]
    strikes = rule["strikes"]
    struck = f"{strikes:,} strikes" if strikes != 1 else "1 strike"
    last = f", last {rule['lastStrike']}" if rule["lastStrike"] else ""
    ended = f"; ended by its {rule['ended']}" if rule["ended"] else ""
    return f"{', '.join(parts)} -- {struck if strikes else 'no strike yet'}{last}{ended}"


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "|".join(value) if isinstance(value, list) else str(value)


def _parameter(parameter: dict[str, Any], words: Mapping[str, str]) -> str:
    choices = f": {', '.join(map(str, parameter['choices']))}" if "choices" in parameter else ""
    if parameter["required"]:
        usual = words["needed"]
    elif parameter["default"] is None:
        usual = words["optional"]
    else:
        usual = words["default"].format(parameter["default"])
    return f"{parameter['text']}{choices} ({usual})"
