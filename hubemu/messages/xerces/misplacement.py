"""What is told of an element that stands where it may not, and of one that lacks some.

Each is a key of `texts` and what goes into its sentence.
"""

from __future__ import annotations

from hubemu.messages.xerces.components import Name
from hubemu.messages.xerces.content_model import ContentModel, ContentPosition

__all__ = ["incomplete", "misplaced"]


def misplaced(
    model: ContentModel, place: ContentPosition, name: Name, raw: str, *, qualified: bool
) -> tuple[str, ...]:
    """Of a child at a place of its parent; `raw` is its name as it is written."""
    expected = model.expected(place)
    counted = model.occurrence(place)
    most = None if counted is None else counted.most
    too_many = counted is not None and most is not None and counted.counted >= most
    if not expected:
        if counted is not None and too_many:
            return "cvc-complex-type.2.4.f", counted.term, str(most)
        return "cvc-complex-type.2.4.d", raw
    listed = f"{{{', '.join(expected)}}}"
    if counted is not None and counted.counted < counted.least:
        missing = counted.least - counted.counted
        more = () if missing == 1 else (str(missing),)
        key = "cvc-complex-type.2.4.g" if missing == 1 else "cvc-complex-type.2.4.h"
        return key, raw, counted.term, str(counted.least), *more
    if too_many:
        return "cvc-complex-type.2.4.e", raw, listed, str(most)
    known = f'{{"{name[0]}":{name[1]}}}' if name[0] else name[1]
    return "cvc-complex-type.2.4.a", known if qualified else raw, listed


def incomplete(model: ContentModel, place: ContentPosition, raw: str) -> tuple[str, ...]:
    """Of a parent whose content ends at a place where it may not."""
    counted = model.occurrence(place)
    if counted is not None and counted.counted < counted.least:
        missing = counted.least - counted.counted
        more = () if missing == 1 else (str(missing),)
        key = "cvc-complex-type.2.4.i" if missing == 1 else "cvc-complex-type.2.4.j"
        return key, raw, counted.term, str(counted.least), *more
    return "cvc-complex-type.2.4.b", raw, f"{{{', '.join(model.expected(place))}}}"
