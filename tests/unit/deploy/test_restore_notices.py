"""What the log of deliveries says after a restart: who was told, and who is still to be told."""

import pytest
from kafka.partitioner.default import murmur2

from deploy.restore_notices import noticed
from schemas.alert import Alert
from schemas.delivery import Delivery, DeliveryState
from streams.notices import Notices
from tests.support.builders import at, make_alert
from tests.support.notices import make_route, make_routing

BOTH = make_routing(make_route("all", "care", "boss"))


def step(state: DeliveryState, channel: str = "care", **fields) -> Delivery:
    alert = make_alert()
    return Delivery(
        **{
            "delivery_id": "d",
            "alert_id": alert.alert_id,
            "level": "breach",
            "conversation_id": alert.conversation_id,
            "network": "mastodon",
            "channel": channel,
            "state": state,
            "at": at("10:00:05"),
            "turn": 1,
            **fields,
        }
    )


def restored(*steps: Delivery, waiting: tuple[Alert, ...] = ()) -> Notices:
    (found,) = noticed(list(steps), list(waiting), BOTH, partitions=4, now=at("23:00"))
    return found


def test_what_was_told_is_not_told_again():
    found = restored(step("sent"), step("grouped", "boss"), waiting=(make_alert(),))

    assert found.waiting == ()
    assert {one.target for one in found.done} == {"care", "boss"}


@pytest.mark.parametrize("state", ["held", "failed"])
def test_what_was_still_to_be_told_is_told_however_old_it_has_become(state: DeliveryState):
    found = restored(step("sent"), step(state, "boss"), waiting=(make_alert(),))

    assert [one.target for one in found.waiting] == ["boss"]


def test_what_was_still_to_be_told_and_is_over_is_not_told():
    assert list(noticed([step("held")], [], BOTH, partitions=4, now=at("23:00"))) == []


def test_what_failed_and_then_was_told_is_settled():
    assert restored(step("failed"), step("sent"), step("sent", "boss"), waiting=(make_alert(),)).waiting == ()


def test_the_end_of_a_snooze_that_was_told_is_not_told_again():
    again = {"occasion": "again", "snoozed_until": at("12:00")}

    found = restored(step("sent"), step("sent", **again), step("sent", "boss", **again), waiting=(make_alert(),))

    assert found.waiting == ()


def test_notices_stand_in_the_partition_in_which_the_alerts_of_their_conversation_are():
    assert restored(step("sent")).partition == (murmur2(b"mastodon:1") & 0x7FFFFFFF) % 4


def test_what_was_still_to_be_told_after_a_snooze_is_told():
    again = {"occasion": "again", "snoozed_until": at("12:00")}

    found = restored(
        step("sent"),
        step("sent", "boss"),
        step("sent", **again),
        step("failed", "boss", **again),
        waiting=(make_alert(version=0),),
    )

    assert [(one.target, one.occasion) for one in found.waiting] == [("boss", "again")]
