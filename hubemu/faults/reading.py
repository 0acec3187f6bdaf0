"""Rules read from outside: the same checks and words for files, command line, HTTP and scenarios.

The models that check them are made of the vocabulary, and so is the JSON Schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    create_model,
)

from hubemu.faults.matching import Match, is_glob
from hubemu.faults.rule import WantedRule
from hubemu.faults.vocabulary import FAMILIES, EffectParameter, FamilyWords, family_of
from hubemu.suggestions import did_you_mean
from hubemu.validation_words import what_is_wrong
from hubemu.whole_numbers import AS_WHOLE

__all__ = ["RuleMistake", "WrongRule", "model_of", "read_rule"]

_KINDS = ("Report", "Update", "Cancel", "Ack", "Error")
_ORDER = {"extra_forbidden": 0, "missing": 2}
"""Of several mistakes an unknown key is told first: a missing one may only be misspelt."""
_LONGEST_MATCH = 255
_MOST_VALUES = 1_000


class RuleMistake(NamedTuple):
    """What is wrong in a rule, and where: keys and positions from the rule's own outside in."""

    where: tuple[int | str, ...]
    text: str


class WrongRule(Exception):
    """A rule that cannot be; at least one mistake."""

    def __init__(self, *mistakes: RuleMistake) -> None:
        self.mistakes = mistakes
        first = mistakes[0]
        path = ".".join(map(str, first.where))
        super().__init__(f"{path}: {first.text}" if path else first.text)


def read_rule(data: Any, *, json: bool = False) -> WantedRule:
    """The rule that `data`, as a YAML or JSON reader gives it, means; defaults filled in.

    Args:
        data: keys with values.
        json: whether it came as JSON, which calls that an object.

    Raises:
        WrongRule: with each mistake and, for a name that is not there, what was meant.
    """
    model = _chosen(data, json)
    try:
        checked = model.model_validate(data)
    except ValidationError as error:
        found = sorted(error.errors(include_url=False), key=lambda one: _ORDER.get(one["type"], 1))
        raise WrongRule(
            *(RuleMistake(one["loc"], what_is_wrong(one, model, json=json)) for one in found)
        ) from None
    told = checked.model_dump()
    match = {key: value for key, value in told["match"].items() if value is not None}
    return WantedRule(**{**told, "match": Match(match)})


@cache
def model_of(where: str, effect: str) -> type[BaseModel]:
    """The model that checks the rules of an effect."""
    family = FAMILIES[where]
    words = family.effects[effect]
    keys: dict[str, Any] = {one.name: _field(one) for one in words.parameters}
    given = create_model(f"Parameters of {where} {effect}", __base__=_Strict, **keys)
    named: dict[str, Any] = {
        "where": (Literal[where], where),
        "match": _defaulted(_match_of(family), "Which events are meant; all of it must hold"),
        "effect": (Literal[effect], ...),
        "parameters": _defaulted(given, "What the effect does exactly"),
    }
    return create_model(f"{where} {effect}", __base__=_RuleModel, __doc__=words.text, **named)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _RuleModel(_Strict):
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    after: Annotated[int, Field(ge=0, le=2**53), AS_WHOLE] = 0
    times: Annotated[int, Field(ge=1, le=2**53), AS_WHOLE] | None = None
    every: Annotated[int, Field(ge=1, le=2**53), AS_WHOLE] = 1
    probability: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 1.0
    seconds: Annotated[float, Field(gt=0, le=10**9, allow_inf_nan=False)] | None = None


def _chosen(data: Any, json: bool) -> type[BaseModel]:
    """The model of the effect that the data names."""
    if not isinstance(data, Mapping):
        wanted = "a JSON object is" if json else "keys with values are"
        raise WrongRule(RuleMistake((), f"{wanted} needed, such as effect: drop"))
    effect, where = data.get("effect"), data.get("where")
    if where is not None and (not isinstance(where, str) or where not in FAMILIES):
        raise _unknown("where", "family of faults", where, FAMILIES)
    known = _effects(where)
    if effect is None:
        close = "" if "effect" in data else _misspelt(data)
        raise WrongRule(RuleMistake((), f"the key 'effect' is missing: {close}{', '.join(known)}"))
    if not isinstance(effect, str) or effect not in known:
        what = "effect" if where is None else f"effect of {where}"
        raise _unknown("effect", what, effect, known)
    return model_of(where or family_of(effect) or "", effect)


def _misspelt(data: Mapping[Any, Any]) -> str:
    keys = [key for key in data if isinstance(key, str)]
    near = next((key for key in keys if did_you_mean(key, ("effect",))), None)
    return f"{near!r} is no key, use 'effect'; " if near is not None else "use one of "


def _effects(where: str | None) -> list[str]:
    families = FAMILIES.values() if where is None else (FAMILIES[where],)
    return list(dict.fromkeys(name for family in families for name in family.effects))


def _unknown(key: str, what: str, given: Any, known: Mapping[str, Any] | list[str]) -> WrongRule:
    hint = did_you_mean(given, known) if isinstance(given, str) else ""
    text = f"no {what} is called {given!r}: {hint}there are {', '.join(known)}"
    return WrongRule(RuleMistake((key,), text))


def _defaulted(model: type[BaseModel], text: str) -> tuple[Any, Any]:
    """An optional key whose own keys may be needed all the same."""
    return model, Field(default_factory=dict, validate_default=True, description=text)


def _field(parameter: EffectParameter) -> tuple[Any, Any]:
    limits: dict[str, Any] = {"description": parameter.text}
    kind: Any
    if parameter.type == "choice":
        kind = Literal[parameter.choices]
    elif parameter.type == "object":
        kind = dict[str, Any]
    elif parameter.type == "text":
        kind = str
        limits |= {"min_length": int(parameter.least or 0), "max_length": int(parameter.most or 0)}
    else:
        kind = int if parameter.type == "integer" else float
        limits |= {"ge": parameter.least, "le": parameter.most}
        if kind is float:
            limits["allow_inf_nan"] = False
    annotated: Any = Annotated[kind, Field(**limits)]
    if kind is int:
        annotated = Annotated[annotated, AS_WHOLE]
    if parameter.required:
        return annotated, ...
    return (annotated if parameter.default is not None else annotated | None), parameter.default


def _checked(values: Any, key: str) -> Any:
    listed = values if isinstance(values, list) else [values]
    for one in listed:
        if not isinstance(one, str) or not 0 < len(one) <= _LONGEST_MATCH:
            raise ValueError(
                f"a text, a list of texts or a pattern such as fr.health.* is needed "
                f"(given: {one!r})"
            )
    if not 0 < len(listed) <= _MOST_VALUES:
        raise ValueError(f"a list of 1 to {_MOST_VALUES} texts is needed")
    if key == "kind":
        for one in listed:
            if not is_glob(one) and one not in _KINDS:
                hint = did_you_mean(one, _KINDS)
                raise ValueError(f"no kind is called {one!r}: {hint}there are {', '.join(_KINDS)}")
    return values


def _check_of(key: str) -> Callable[[Any], Any]:
    return lambda values: _checked(values, key)


_TEXT_SCHEMA = {"type": "string", "minLength": 1, "maxLength": _LONGEST_MATCH}
_KIND_SCHEMA = {"anyOf": [{"enum": list(_KINDS)}, {**_TEXT_SCHEMA, "pattern": "[*?[]"}]}


def _value_schema(key: str) -> dict[str, Any]:
    one = _KIND_SCHEMA if key == "kind" else _TEXT_SCHEMA
    several = {"type": "array", "items": one, "minItems": 1, "maxItems": _MOST_VALUES}
    return {
        "anyOf": [one, several],
        "description": "A value, a list of values, or a pattern such as fr.health.*",
    }


@cache
def _match_model(keys: tuple[str, ...]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        key: (
            Annotated[Any, BeforeValidator(_check_of(key)), WithJsonSchema(_value_schema(key))],
            None,
        )
        for key in keys
    }
    return create_model("Match", __base__=_Strict, **fields)


def _match_of(family: FamilyWords) -> type[BaseModel]:
    return _match_model(family.match)
