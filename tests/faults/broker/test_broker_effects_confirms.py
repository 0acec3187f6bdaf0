"""Effects of the broker on publishers: confirms refused or withheld, and who is told to wait."""

from __future__ import annotations

from typing import Any

import pytest

from hubemu.broker.core.alarms import DISK
from tests.support.amqp_dialogue import publish
from tests.support.plain_fault import PlainFault
from tests.support.struck_broker import (
    OF_A,
    Scene,
    client_of,
    declare,
    played,
    verdict,
)


def test_a_message_is_refused_and_not_taken() -> None:
    async def play(scene: Scene) -> None:
        fault = scene.begin("nack")
        assert await verdict(scene.guest) == "basic.nack"
        assert await verdict(scene.other) == "basic.ack"
        assert scene.depth()[0] == 1
        scene.end(fault)
        assert await verdict(scene.guest) == "basic.ack"
        assert scene.untouched()

    played(play)


def test_who_is_not_meant_is_not_asked_about() -> None:
    async def play(scene: Scene) -> None:
        fault = scene.begin("nack")
        for client, asked in ((scene.guest, True), (scene.other, False)):
            await verdict(client)
            user = {True: "guest", False: "other"}[asked]
            (core,) = (
                core
                for one in scene.hub.server.open_connections()
                if one.info.user == user
                for _, core in one.connection.channels.cores()
            )
            assert (core.publisher._interposer is not None) is asked
        scene.end(fault)

    played(play)


def test_a_second_rule_meets_those_whom_the_first_left_out() -> None:
    async def play(scene: Scene) -> None:
        first = scene.begin("withhold-confirms")
        assert await verdict(scene.other) == "basic.ack"
        second = PlainFault("nack", {}, {"client": "fr.health.samuB"})
        scene.effects.begin(second)
        assert await verdict(scene.other) == "basic.nack"
        scene.guest.writer.write(publish(1, "q", b"x"))
        scene.end(second)
        assert await verdict(scene.other) == "basic.ack"
        scene.end(first)
        assert (await scene.guest.answer()).spec.name == "basic.ack"
        assert scene.untouched()

    played(play)


def test_confirms_that_are_withheld_come_in_order_when_it_ends() -> None:
    async def play(scene: Scene) -> None:
        fault = scene.begin("withhold-confirms")
        scene.guest.writer.write(b"".join(publish(1, "q", b"%d" % n) for n in range(5)))
        assert await declare(scene.guest, "dead") == 0  # all five have been taken by now
        assert scene.depth()[0] == 5
        assert await verdict(scene.other) == "basic.ack"
        scene.end(fault)
        tags = [(await scene.guest.answer()).fields["delivery_tag"]]
        while tags[-1] < 5:
            tags.append((await scene.guest.answer()).fields["delivery_tag"])
        assert tags == sorted(tags)
        assert len(fault.struck) == 5
        assert scene.untouched()

    played(play)


def test_only_the_confirms_that_are_struck_are_withheld() -> None:
    async def play(scene: Scene) -> None:
        fault = PlainFault("withhold-confirms", {}, OF_A, iter([False, True, False]))
        scene.effects.begin(fault)
        assert await verdict(scene.guest) == "basic.ack"
        scene.guest.writer.write(publish(1, "q", b"withheld"))
        confirmed = await scene.guest.ask(publish(1, "q", b"third"))
        assert (confirmed.spec.name, confirmed.fields["delivery_tag"]) == ("basic.ack", 3)
        assert not confirmed.fields["multiple"]
        scene.end(fault)
        assert (await scene.guest.answer()).fields["delivery_tag"] == 2

    played(play)


@pytest.mark.parametrize(
    ("effect", "parameters", "reason"),
    [("block", {"reason": "low on patience"}, "low on patience"), ("disk-alarm", {}, DISK)],
)
def test_a_publisher_is_told_and_waits(
    effect: str, parameters: dict[str, Any], reason: str
) -> None:
    async def play(scene: Scene) -> None:
        faults = [scene.begin(effect, **parameters) for _ in range(2)]
        blocked = await scene.guest.ask(publish(1, "q", b"1"), publish(1, "q", b"2"))
        assert (blocked.spec.name, blocked.fields["reason"]) == ("connection.blocked", reason)
        assert scene.depth()[0] == 0
        assert await verdict(scene.other) == "basic.ack"
        scene.end(faults[0])
        scene.guest.writer.write(publish(1, "q", b"3"))
        assert await verdict(scene.other) == "basic.ack"
        assert scene.depth()[0] == 2
        scene.end(faults[1])
        assert (await scene.guest.answer()).spec.name == "connection.unblocked"
        while (await scene.guest.answer()).fields["delivery_tag"] < 3:
            pass
        assert scene.untouched()

    played(play)


def test_a_full_disk_is_an_alarm_of_the_whole_broker() -> None:
    async def play(scene: Scene) -> None:
        fault = PlainFault("disk-alarm")
        scene.effects.begin(fault)
        scene.hub.broker.alarms.disk(True)
        scene.hub.broker.alarms.disk(False)  # a disk that has room again ends no fault
        assert scene.hub.broker.alarms.reasons == (DISK,)
        for client in (scene.guest, scene.other):
            assert (await client.ask(publish(1, "q", b"x"))).fields["reason"] == DISK
        async with client_of(scene.hub, "guest") as late:
            assert await verdict(late) == "connection.blocked"
            scene.end(fault)
            for client in (scene.guest, scene.other, late):
                assert (await client.answer()).spec.name == "connection.unblocked"
                assert (await client.answer()).spec.name == "basic.ack"
        assert len(fault.struck) == 3
        assert scene.untouched()

    played(play)


def test_a_user_that_is_bound_later_is_known() -> None:
    async def play(scene: Scene) -> None:
        fault = PlainFault("nack", {}, {"client": "fr.health.samuC"})
        scene.effects.begin(fault)
        assert await verdict(scene.other) == "basic.ack"
        scene.place.users["other"] = "fr.health.samuC"  # type: ignore[index]  # a dict here
        async with client_of(scene.hub, "other") as again:
            assert await verdict(again) == "basic.nack"
        scene.end(fault)

    played(play)
