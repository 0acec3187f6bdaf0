"""What each effect does with what goes one way: when, in which pieces, and always in order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubemu.faults.fault import Luck
from hubemu.faults.network.portions import PORTION, End, Item, Portions
from hubemu.faults.network.stage import Stage, Timers
from hubemu.faults.network.stages import Allowance, Bandwidth, Cut, Latency, Silence, Slice
from tests.support.hand_moved import HandMoved


class Far:
    """The far end of one way: what came, and when."""

    def __init__(self, timers: HandMoved, make: Callable[[Timers], Stage]) -> None:
        self.timers = timers
        self.came: list[tuple[float, bytes | str]] = []
        self.stage = make(timers)
        self.stage.hand_on = self._take

    def _take(self, item: Item) -> None:
        if isinstance(item, End):
            item.tell()
        else:
            self.came.append((round(self.timers.time(), 6), item))

    def send(self, *items: bytes) -> None:
        for item in items:
            self.stage.take(item)

    def end(self) -> None:
        self.stage.take(End(lambda: self.came.append((round(self.timers.time(), 6), "end"))))

    @property
    def octets(self) -> bytes:
        return b"".join(item for _, item in self.came if isinstance(item, bytes))


def far(make: Callable[[Timers], Stage]) -> Far:
    return Far(HandMoved(), make)


class Drawn:
    """The luck of a portion."""

    def __init__(self, number: float) -> None:
        self.number = number

    def chance(self, purpose: str) -> float:
        """See `Luck`."""
        return self.number


def each(*answers: float | None) -> Callable[[], Luck | None]:
    """What is said of each portion in turn: its luck, or None."""
    left = list(answers)

    def struck() -> Luck | None:
        answer = left.pop(0)
        return None if answer is None else Drawn(answer)

    return struck


def portion(text: bytes) -> bytes:
    """Octets that are one portion."""
    return text.ljust(PORTION, b".")


def test_latency_is_that_of_each_item_and_keeps_their_distance() -> None:
    way = far(lambda timers: Latency(timers, seconds=0.2))
    way.send(b"a")
    way.timers.to(0.1)
    way.send(b"b")
    way.end()
    way.timers.to(1)
    assert way.came == [(0.2, b"a"), (0.3, b"b"), (0.3, "end")]
    assert (way.stage.held, way.timers.waiting) == (0, 0)


def test_jitter_never_lets_one_overtake_another() -> None:
    struck = each(0.95, 0.0, 0.5)
    way = far(lambda timers: Latency(timers, struck, seconds=0.1, jitter=0.1))
    a, b, c = map(portion, (b"a", b"b", b"c"))
    way.send(a + b, c)
    way.timers.to(1)
    assert way.came == [(0.19, a), (0.19, b), (0.19, c)]


def test_what_is_not_struck_waits_behind_what_is() -> None:
    way = far(lambda timers: Latency(timers, each(None, 0.0, None), seconds=0.2))
    at_once, late = portion(b"at once"), portion(b"late")
    way.send(at_once, late + b"behind")
    assert way.came == [(0.0, at_once)]
    way.timers.to(1)
    assert way.came[1:] == [(0.2, late), (0.2, b"behind")]


@given(
    data=st.binary(max_size=300),
    cuts=st.lists(st.integers(0, 300), max_size=20),
    answers=st.lists(st.booleans(), min_size=40, max_size=40),
    single=st.booleans(),
)
def test_what_is_struck_depends_on_places_and_not_on_how_octets_come(
    data: bytes, cuts: list[int], answers: list[bool], single: bool
) -> None:
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    left = iter([Drawn(number) if hit else None for number, hit in enumerate(answers)])
    portions = Portions(lambda: next(left), single=single, octets=10)
    told: list[tuple[bytes, Luck | None]] = []
    for start, end in itertools.pairwise(edges):
        for luck, piece in portions.of(data[start:end]):
            assert isinstance(piece, bytes)
            told.append((piece, luck))
    assert b"".join(piece for piece, _ in told) == data
    places = [luck is not None for piece, luck in told for _ in piece]
    assert places == [answers[place // 10] for place in range(len(data))]
    if single:
        whose = [luck.number for piece, luck in told if isinstance(luck, Drawn) for _ in piece]
        assert whose == [at // 10 for at in range(len(data)) if answers[at // 10]]


def test_a_slow_line_takes_as_long_as_its_bits() -> None:
    way = far(lambda timers: Bandwidth(timers, bits_a_second=8_000))
    way.send(bytes(500))
    way.send(bytes(500))
    way.timers.to(0.501)
    assert len(way.octets) == 500
    way.end()
    way.timers.to(2)
    assert len(way.octets) == 1_000
    assert way.came[-2][0] == pytest.approx(1.0)
    assert way.came[-1] == (way.came[-2][0], "end")
    way.send(bytes(8))  # nothing is saved up while the line is idle
    way.timers.to(3)
    assert way.came[-1][0] == pytest.approx(2.008)


def test_slices_are_of_the_size_asked_for_and_so_far_apart() -> None:
    way = far(lambda timers: Slice(timers, octets=3, seconds=0.01))
    way.send(b"abcdefgh", b"i")
    way.timers.to(1)
    assert way.came == [(0.0, b"abc"), (0.01, b"def"), (0.02, b"gh"), (0.03, b"i")]


def test_many_pieces_leave_others_their_turn_and_wait_as_one() -> None:
    way = far(lambda timers: Slice(timers, octets=1))
    way.send(bytes(1_000_000))
    assert 0 < len(way.octets) < 1_000
    # Its own line.
    assert (len(way.stage._line), way.timers.waiting) == (1, 1)  # type: ignore[attr-defined]
    way.stage.release()
    assert len(way.octets) == 1_000_000
    assert (way.stage.held, way.timers.waiting) == (0, 0)


def test_what_is_not_struck_is_not_cut() -> None:
    half = PORTION // 2
    way = far(lambda timers: Slice(timers, each(None, 0.0, None), octets=half))
    way.send(bytes(PORTION), bytes(PORTION) + b"whole")
    assert [len(item) for _, item in way.came] == [PORTION, half, half, 5]


def test_silence_holds_the_end_too_until_it_is_over() -> None:
    way = far(Silence)
    way.send(b"a", b"b")
    way.end()
    way.timers.to(1_000_000)
    assert (way.came, way.stage.held, way.timers.waiting) == ([], 2, 0)
    way.stage.release()
    assert [item for _, item in way.came] == [b"a", b"b", "end"]


@pytest.mark.parametrize("pieces", [[bytes(10)], [bytes(4)] * 3, [bytes(1)] * 20])
def test_a_cut_lets_exactly_so_many_octets_pass(pieces: list[bytes]) -> None:
    parted: list[int] = []
    way = far(lambda timers: Cut(timers, allowance=Allowance(9), part=lambda: parted.append(1)))
    way.send(*pieces)
    way.end()
    assert (len(way.octets), parted) == (9, [1])


def test_a_cut_of_both_ways_counts_them_together() -> None:
    allowance, parted = Allowance(10), list[str]()
    up = far(lambda timers: Cut(timers, allowance=allowance, part=lambda: parted.append("up")))
    down = far(lambda timers: Cut(timers, allowance=allowance, part=lambda: parted.append("down")))
    up.send(bytes(6))
    down.send(bytes(6))
    up.send(bytes(6))
    assert (len(up.octets), len(down.octets)) == (6, 4)
    assert parted[0] == "down"


@pytest.mark.parametrize("step", [1, 7, PORTION, 3 * PORTION])
def test_a_cut_counts_from_the_first_portion_that_is_struck(step: int) -> None:
    struck = each(None, 0.0)
    way = far(lambda timers: Cut(timers, struck, allowance=Allowance(2_000), part=lambda: None))
    data = portion(b"before") + bytes(range(200)) * 15
    for start in range(0, len(data), step):
        way.send(data[start : start + step])
    assert way.octets == data[: PORTION + 2_000]


MAKERS: dict[str, Callable[[Timers], Stage]] = {
    "latency": lambda timers: Latency(timers, each(*[0.3] * 9), seconds=0.05, jitter=0.02),
    "bandwidth": lambda timers: Bandwidth(timers, bits_a_second=64_000),
    "slice": lambda timers: Slice(timers, octets=7, seconds=0.001),
    "silence": Silence,
}


@given(
    names=st.lists(st.sampled_from(sorted(MAKERS)), min_size=1, max_size=4),
    data=st.lists(st.binary(min_size=1, max_size=200), max_size=10),
    pauses=st.lists(st.sampled_from([0.0, 0.003, 0.2]), min_size=10, max_size=10),
    ended=st.integers(0, 10),
)
def test_stages_in_a_row_keep_every_octet_and_its_place_whenever_they_end(
    names: list[str], data: list[bytes], pauses: list[float], ended: int
) -> None:
    timers, came = HandMoved(), list[bytes]()
    row = [MAKERS[name](timers) for name in names]
    for stage, following in itertools.pairwise(row):
        stage.hand_on = following.take
    row[-1].hand_on = lambda item: came.append(item) if isinstance(item, bytes) else None
    for number, (piece, pause) in enumerate(zip(data, pauses, strict=False)):
        if number == ended:
            release(row)
        row[0].take(piece)
        timers.to(timers.time() + pause)
    release(row)
    assert b"".join(came) == b"".join(data)
    assert (sum(stage.held for stage in row), timers.waiting) == (0, 0)


def release(row: Iterable[Stage]) -> None:
    for stage in row:
        stage.release()
