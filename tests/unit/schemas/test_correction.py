"""Corrections: what a person says is certain, and says nothing of what they left alone."""

from schemas.correction import Correction, corrected, merged
from schemas.enriched import Sentiment, Topic
from tests.support.builders import at, make_enriched

ENRICHED = make_enriched()
SENTIMENT = Correction(event_id="mastodon:1", corrected_at=at("10:00"), sentiment="positive")
TOPICS = Correction(event_id="mastodon:1", corrected_at=at("11:00"), topics=("delay", "staff"))


def test_a_corrected_sentiment_is_certain_and_all_else_stays():
    found = corrected(ENRICHED, SENTIMENT)

    assert found.sentiment == Sentiment(label="positive", score=1.0, confidence=1.0)
    assert (found.topics, found.event, found.entities) == (ENRICHED.topics, ENRICHED.event, ENRICHED.entities)


def test_corrected_topics_take_the_place_of_all_that_were_found():
    found = corrected(ENRICHED, TOPICS)

    assert found.topics == (Topic(name="delay"), Topic(name="staff"))
    assert found.sentiment == ENRICHED.sentiment


def test_no_topics_is_a_correction_too():
    none = Correction(event_id="mastodon:1", corrected_at=at("10:00"), topics=())

    assert corrected(ENRICHED, none).topics == ()


def test_a_later_correction_keeps_what_it_does_not_speak_of():
    both = merged(SENTIMENT, TOPICS)

    assert (both.sentiment, both.topics, both.corrected_at) == ("positive", ("delay", "staff"), at("11:00"))
    assert merged(None, TOPICS) is TOPICS
    assert merged(both, Correction(event_id="mastodon:1", corrected_at=at("12:00"), topics=())).topics == ()
