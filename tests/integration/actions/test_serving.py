"""`vigie actions serve` as a process: a link pressed by a person ends on the topic of decisions."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import topics
from deploy.embedded import broker
from deploy.processes import stop
from schemas import codec
from schemas.action import Action
from schemas.settings import Kafka
from schemas.topics import ACTIONS
from streams.links import Links
from tests.support.broker import read_all
from tests.support.builders import make_alert
from tests.support.system import running, vigie

pytestmark = pytest.mark.integration

SECRET, TOKEN = "a-secret-of-some-length", "a-bearer-token-of-length"


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[str]:
    """A fresh embedded broker with every topic."""
    child, port = broker.start(port=0, log=tmp_path / "broker.log")
    try:
        topics.create(Kafka(bootstrap=f"127.0.0.1:{port}"))
        yield f"127.0.0.1:{port}"
    finally:
        stop([child], grace_s=0.2)


def _settings(kafka: str) -> dict[str, str]:
    return {
        "VIGIE_KAFKA": kafka,
        "VIGIE_ACTIONS__BASE_URL": "https://v.example",
        "VIGIE_ACTIONS__SECRET": SECRET,
        "VIGIE_ACTIONS__TOKEN": TOKEN,
        "VIGIE_ACTIONS__PORT": "0",
    }


def test_a_button_a_program_and_a_command_end_on_the_topic_of_decisions(kafka: str) -> None:
    link = Links(base_url="", secrets=(SECRET,), lifetime_s=3600).link(make_alert(), by="Nora Weil", language="fr")
    with running("actions", "serve", **_settings(kafka)) as process:
        assert process.stdout is not None
        found = re.search(r"listening on (http://127\.0\.0\.1:\d+); links: yes", process.stdout.readline())
        assert found, "it does not say where it listens"
        page = urllib.request.urlopen(found[1] + link).read().decode()
        form = urllib.parse.urlencode({"do": "acknowledge"}).encode()
        said = urllib.request.urlopen(found[1] + link, data=form).read().decode()
        request = {"kind": "close", "conversation_id": "mastodon:1", "by": "bot", "action_id": "mine-1"}
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        asked = urllib.request.Request(f"{found[1]}/v1/actions", data=json.dumps(request).encode(), headers=headers)
        status = urllib.request.urlopen(asked).status
        typed = vigie("alerts", "snooze", "mastodon:1:1:breach", "--for", "1h", "--by", "paul", **_settings(kafka))

    decisions = [codec.decode(value, Action) for _, value in read_all(kafka, ACTIONS)]
    assert "Prendre en compte" in page
    assert "Prise en compte" in said
    assert (status, typed.returncode) == (202, 0), typed.stderr
    assert {(one.kind, one.by, one.conversation_id) for one in decisions} == {
        ("acknowledge", "Nora Weil", "mastodon:1"),
        ("close", "bot", "mastodon:1"),
        ("snooze", "paul", "mastodon:1"),
    }
    assert {key for key, _ in read_all(kafka, ACTIONS)} == {b"mastodon:1"}


def test_with_nothing_to_serve_it_says_what_to_set() -> None:
    done = vigie("actions", "serve")

    assert done.returncode == 2
    assert "there is nothing to serve" in done.stderr


def test_a_broker_that_is_gone_is_told_to_who_presses() -> None:
    link = Links(base_url="", secrets=(SECRET,), lifetime_s=3600).link(make_alert(), by="Nora Weil", language="en")
    with running("actions", "serve", **_settings("127.0.0.1:1")) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[2].rstrip(";")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address + link, data=b"do=acknowledge")

    assert refused.value.code == 503
    refused.value.close()
