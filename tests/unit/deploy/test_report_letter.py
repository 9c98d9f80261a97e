"""The report as its readers see it."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from deploy.report.figures import Alerted, Figures, Pace, Topic, Waiting
from deploy.report.letter import letter
from deploy.report.weeks import Week

_SAID = "Où est\nmon colis ?"


def figures(**fields: Any) -> Figures:
    defaults: dict[str, Any] = {
        "week": Week(monday=date(2026, 11, 16), zone=ZoneInfo("Europe/Paris")),
        "asked_at": datetime(2026, 11, 23, 6, 5, tzinfo=UTC),
        "brand": "",
        "pace": Pace(requests=1200, customers=900, late=31, share=0.974, median=840.0, p90=7500.0),
        "before": Pace(requests=1000, customers=800, late=50, share=0.95, median=900.0, p90=8000.0),
        "year_ago": Pace(),
        "networks": (),
        "brands": (),
        "waiting": 0,
        "waiting_late": 0,
        "first_of_waiting": (),
        "topics": (),
        "alerts": (),
    }
    return Figures(**{**defaults, **fields})


def test_the_week_is_told_beside_the_one_before_in_english():
    message = letter(figures(), "en")

    assert message.title == "Vigie: the week of 16 to 22 November 2026"
    assert "- Answered as promised: 97% (the week before: 95%)" in message.body
    assert (
        "- First answer: half within 14\u00a0min, nine in ten within 2\u00a0h\u00a005 (the week before: "
        in message.body
    )
    assert "a year ago" not in message.body


def test_the_week_is_told_in_french_on_the_clock_of_the_place():
    message = letter(figures(), "fr")

    assert message.title == "Vigie\u00a0: la semaine du 16 au 22 novembre 2026"
    assert "- Réponses dans le délai promis\u00a0: 97\u00a0% (semaine précédente\u00a0: 95\u00a0%)" in message.body
    assert "Qui attend encore, le 23 novembre à 07:05\u202f?" in message.body


def test_a_week_over_two_months_names_both():
    week = Week(monday=date(2026, 12, 28), zone=ZoneInfo("UTC"))

    assert letter(figures(week=week), "fr").title == "Vigie\u00a0: la semaine du 28 décembre au 3 janvier 2027"


def test_a_year_ago_is_told_once_there_is_one():
    body = letter(figures(year_ago=Pace(requests=10, share=0.5, median=60.0, p90=120.0)), "en").body

    assert "- Answered as promised: 97% (the week before: 95%, a year ago: 50%)" in body


def test_a_week_in_which_nobody_asked_says_so():
    body = letter(figures(pace=Pace(), before=Pace()), "en").body

    assert "No customer asked anything in this week." in body
    assert "–" not in body


def test_parts_are_told_when_there_is_more_than_one():
    parts = (Pace(value="x", requests=3, share=0.5, median=60.0), Pace(value="trustpilot", requests=1, median=None))

    body = letter(figures(networks=parts, brands=parts[:1]), "en").body

    assert "By network\n- X: 50% as promised, half within 1\u00a0min, requests: 3\n- Trustpilot: half within –" in body
    assert "By brand" not in body


def test_who_waits_is_named_with_words_link_and_owner():
    one = Waiting(
        customer_handle="@ana",
        network="mastodon",
        waiting_seconds=7500.0,
        over_seconds=3900.0,
        owner="Nora Weil",
        last_customer_text=_SAID,
        permalink="https://social.example/@ana/1",
    )

    body = letter(figures(waiting=12, waiting_late=3, first_of_waiting=(one,)), "en").body

    assert "- Customers: 12, of them past what was promised: 3" in body
    assert "- @ana (Mastodon) waits since 2\u00a0h\u00a005, 1\u00a0h\u00a005 past what was promised, " in body
    assert "promised, to be answered by Nora Weil\n" in body
    assert "“Où est mon colis ?”\n  https://social.example/@ana/1" in body


def test_one_post_about_two_topics_is_quoted_once():
    topics = tuple(
        Topic(topic=name, posts=2, before=1, negative=1, quotes=quotes)
        for name, quotes in (("delay", ("first", "second")), ("price", ("first", "third")), ("staff", ("first",)))
    )

    body = letter(figures(topics=topics), "en").body

    assert (body.count("“first”"), body.count("“third”"), body.count("“second”")) == (1, 1, 0)


def test_alerts_are_counted_by_level_and_watch():
    alerts = (Alerted(level="breach", watch="", alerts=4), Alerted(level="watch", watch="storm", alerts=1))

    assert "Alerts\n- breach: 4\n- watch “storm”: 1" in letter(figures(alerts=alerts), "en").body
