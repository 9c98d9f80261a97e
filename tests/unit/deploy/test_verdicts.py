"""Which policy takes each event of a file, and why the others do not."""

from datetime import datetime
from pathlib import Path

from deploy.verdicts import Verdict, verdicts
from schemas import codec
from schemas.enriched import Enriched
from schemas.event import Event
from schemas.policy import Match, ResponsePolicy
from schemas.settings import Settings
from schemas.units import PositiveDuration
from tests.support.builders import at, make_enriched, make_event

HOUR = PositiveDuration(3600)
ANGRY = ResponsePolicy(name="angry", first=PositiveDuration(900), next=HOUR, match=Match(sentiments=("negative",)))
LATIN = ResponsePolicy(name="french", first=HOUR, next=HOUR, match=Match(languages=("fr",)))


def found_in(path: Path, *lines: bytes, policies: tuple[ResponsePolicy, ...] = (LATIN, ANGRY)) -> list[Verdict | str]:
    def enrich(events: list[Event], now: datetime) -> list[Enriched]:
        return [make_enriched(event) for event in events]

    path.write_bytes(b"\n".join(lines) + b"\n")
    return list(verdicts(path, Settings(policies=policies), enrich, folder=Path(), now=at("12:00")))


def test_each_customer_event_is_told_its_policy_when_an_answer_is_due_and_what_kept_the_ones_before(tmp_path):
    (one,) = found_in(tmp_path / "events.ndjson", codec.encode(make_event("1", text="late\n again")))

    assert isinstance(one, Verdict)
    assert (one.event_id, one.text, one.policy, one.due_at) == ("mastodon:1", "late again", ANGRY, at("09:15"))
    assert one.refused == (("french", ("language is en, not fr",)),)


def test_enriched_events_are_taken_as_they_are_and_the_brands_own_are_left_out(tmp_path):
    lines = [codec.encode(make_enriched(make_event("1"))), codec.encode(make_event("2", role="brand"))]

    assert [one.event_id for one in found_in(tmp_path / "e.ndjson", *lines)] == ["mastodon:1"]  # type: ignore[union-attr]


def test_what_no_policy_takes_has_nothing_due(tmp_path):
    (one,) = found_in(tmp_path / "e.ndjson", codec.encode(make_event("1")), policies=(LATIN,))

    assert isinstance(one, Verdict)
    assert (one.policy, one.due_at, len(one.refused)) == (None, None, 1)


def test_a_line_that_is_no_event_is_named_and_the_rest_goes_on(tmp_path):
    wrong, right = found_in(tmp_path / "e.ndjson", b"{]", codec.encode(make_event("1")))

    assert isinstance(wrong, str)
    assert wrong.startswith("e.ndjson, line 1: ")
    assert isinstance(right, Verdict)
