"""Apprise against a real HTTP server: what it takes, and that one that hangs or fails holds up nobody."""

import asyncio
import threading
import time

import pytest

from schemas.settings import Channel
from schemas.units import Secret
from streams.channels import AppriseChannels, Outcome
from streams.routing import Target
from streams.words.message import Message
from tests.support.receiver import receiver
from tests.support.system import vigie

pytestmark = pytest.mark.integration

MESSAGE = Message(title="@ana attend depuis 1 h 05", body="« Où est mon colis ? »\n${HOME} <b>&amp;")


def channels(addresses: dict[str, str], timeout_s: float = 5.0) -> AppriseChannels:
    targets = {
        name: Target(name=name, address=Secret(address), channel=Channel(name=name))
        for name, address in addresses.items()
    }
    return AppriseChannels(targets, timeout_s=timeout_s)


def send(to: AppriseChannels, *names: str) -> list[Outcome]:
    async def run() -> list[Outcome]:
        return list(await asyncio.gather(*(to.send(name, MESSAGE) for name in names)))

    return asyncio.run(run())


def test_a_message_arrives_word_for_word():
    with receiver() as server:
        (outcome,) = send(channels({"care": server.address("care")}), "care")

    assert outcome.taken
    ((_, message),) = server.taken
    assert (message["title"], message["message"]) == (MESSAGE.title, MESSAGE.body)


@pytest.mark.parametrize(
    ("status", "reason"), [pytest.param(500, "http_500", id="broken"), pytest.param(401, "http_401", id="refused")]
)
def test_a_refusal_is_told_by_its_code_and_nothing_of_the_address(status: int, reason: str, caplog):
    with receiver() as server:
        server.answers["s3cret"] = lambda _: status
        (outcome,) = send(channels({"care": server.address("s3cret")}), "care")

    assert outcome.reason == reason
    assert "s3cret" not in caplog.text


def test_a_channel_that_nobody_listens_on_is_unreachable():
    assert send(channels({"care": "json://127.0.0.1:1"}), "care")[0].reason == "unreachable"


def test_one_that_hangs_fails_in_time_and_holds_up_no_other():
    with receiver() as server:
        server.delay_s["slow"] = 30.0
        both = channels({"slow": server.address("slow"), "care": server.address("care")}, timeout_s=1.0)
        begun = time.monotonic()

        slow, care = send(both, "slow", "care")

    assert (slow.reason, care.reason) == ("timeout", "")
    assert care.seconds < 1.0
    assert time.monotonic() - begun < 10


def test_one_that_always_hangs_leaves_no_more_than_a_few_threads_behind():
    with receiver() as server:
        server.delay_s["slow"] = 30.0
        slow = channels({"slow": server.address("slow")}, timeout_s=0.2)

        reasons = [send(slow, "slow")[0].reason for _ in range(7)]
        left = [thread for thread in threading.enumerate() if thread.name == "notify-slow"]

    assert reasons == ["timeout"] * 4 + ["hangs"] * 3
    assert len(left) == 4


def test_a_person_sees_which_channels_work_and_nothing_of_their_addresses(tmp_path):
    (tmp_path / "vigie.toml").write_text("language = 'en'\n[[channels]]\nname = 'care'\nlanguage = 'fr'\n")
    with receiver() as server:
        server.answers["broken"] = lambda _: 500
        addresses = {
            "VIGIE_NOTIFY__CHANNELS__CARE": server.address("care"),
            "VIGIE_NOTIFY__CHANNELS__BROKEN": server.address("broken"),
            "VIGIE_NOTIFY__CHANNELS__GONE": "json://127.0.0.1:1/s3cret",
            "VIGIE_CONFIG": str(tmp_path / "vigie.toml"),
        }
        done = vigie("alerts", "test", **addresses)
        checked = vigie("check-config", "--channels", **addresses)

    assert (done.returncode, checked.returncode) == (1, 1)
    assert "refused it with HTTP 500" in done.stdout
    assert "nobody answers at its address" in done.stdout
    assert "took it in" in done.stdout
    assert "2 of 3 channels did not take a message: broken, gone" in done.stderr
    assert next(message["title"] for path, message in server.taken if path == "care") == (
        "Vigie\u00a0: ce canal fonctionne"
    )
    assert "s3cret" not in done.stdout + done.stderr + checked.stdout + checked.stderr
