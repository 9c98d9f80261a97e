"""The words of a notification, English and French."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.alert import LEVELS
from streams.words import english, french
from streams.words.facts import facts, safe, shown_network
from streams.words.message import Message, Said, message_of, summary_of
from tests.support.builders import at, make_alert

SOON = at("10:00:02")


def told(language: str, level="breach", occasion="fired", link: str = "", now=SOON, **fields: Any) -> Message:
    return message_of(Said(alert=make_alert(level, **fields), occasion=occasion), language, now=now, link=link)


def test_an_english_breach_says_who_waits_where_how_long_and_what_to_do():
    message = told("en", waited_s=3900.0, priority="high", owner="Ada", permalink="https://social.example/1")

    assert message.title == "@ana has been waiting for 1 h 05 min on Mastodon"
    assert message.body.splitlines() == [
        "“The parcel is late, where is it?”",
        "Waited: 1 h 05 min. Promised: 1 h.",
        "Policy: default. Brand: acme. Priority: high.",
        "Owner: Ada.",
        "To do: answer now.",
        "https://social.example/1",
    ]


def test_a_french_breach_says_the_same_with_french_typography():
    message = told("fr", waited_s=3900.0, text="Où est mon colis ?", priority="high", owner="Ada")

    assert message.title == "@ana attend depuis 1\u00a0h\u00a005 sur Mastodon"
    assert message.body.splitlines() == [
        "«\u00a0Où est mon colis ?\u00a0»",
        "Attente\u00a0: 1\u00a0h\u00a005. Délai promis\u00a0: 1\u00a0h.",
        "Règle\u00a0: default. Marque\u00a0: acme. Priorité\u00a0: haute.",
        "Responsable\u00a0: Ada.",
        "À faire\u00a0: répondre maintenant.",
    ]


def test_open_hours_are_told_where_they_differ():
    english_body = told("en", waited_s=3900.0, waited_business_s=2700.0).body
    french_body = told("fr", waited_s=3900.0, waited_business_s=2700.0).body

    assert "Waited: 1 h 05 min (45 min in open hours)." in english_body
    assert "Attente\u00a0: 1\u00a0h\u00a005 (dont 45\u00a0min ouvrées)." in french_body
    assert "open hours" not in told("en", waited_s=3900.0, waited_business_s=3900.0).body


@pytest.mark.parametrize(
    ("language", "title", "to_do"),
    [
        pytest.param(
            "en",
            "Nora Weil, please answer for Ada Lovelace: @ana has been waiting for 30 min on Mastodon",
            "To do: answer in the name of Ada Lovelace, or acknowledge so that nobody else is asked.",
            id="English",
        ),
        pytest.param(
            "fr",
            "Nora Weil, merci de répondre pour Ada Lovelace\u00a0: @ana attend depuis 30\u00a0min sur Mastodon",
            "À faire\u00a0: répondre pour Ada Lovelace, "
            "ou prendre en compte afin que personne d’autre ne soit sollicité.",
            id="French",
        ),
    ],
)
def test_an_offer_to_a_delegate_says_in_whose_name(language: str, title: str, to_do: str):
    message = told(language, "delegation", to="Nora Weil", on_behalf_of="Ada Lovelace", waited_s=1800.0)

    assert message.title == title
    assert to_do in message.body.splitlines()


@pytest.mark.parametrize("name", ["Ada", "Hélène", "Hugo", "Zoé", "Ÿ", "8"])
def test_no_name_stands_behind_a_word_that_would_be_elided(name: str):
    message = told("fr", "delegation", to="Nora", on_behalf_of=name)
    said = f"{message.title} {message.body}"

    assert said.count(f" pour {name}") == 2
    assert "Au nom de\u00a0: " + name in said
    assert f"de {name}" not in said
    assert f"d’{name}" not in said


@pytest.mark.parametrize(
    ("language", "title"),
    [
        pytest.param("en", "@ana on Mastodon: 15 min left of 1 h", id="English"),
        pytest.param("fr", "@ana sur Mastodon\u00a0: il reste 15\u00a0min sur 1\u00a0h", id="French"),
    ],
)
def test_a_warning_says_what_is_left(language: str, title: str):
    assert told(language, "warning_75", waited_s=2700.0).title == title


def test_what_is_left_of_a_promise_in_open_hours_counts_open_hours():
    message = told("en", "warning_75", waited_s=60_000.0, waited_business_s=2700.0)

    assert message.title == "@ana on Mastodon: 15 min left of 1 h"


@pytest.mark.parametrize(
    ("language", "title"),
    [
        pytest.param(
            "en", "Escalation 2 to head of care: @ana has been waiting for 3 h on Mastodon (snooze over)", id="English"
        ),
        pytest.param(
            "fr",
            "Escalade 2 pour head of care\u00a0: @ana attend depuis 3\u00a0h sur Mastodon (report terminé)",
            id="French",
        ),
    ],
)
def test_a_step_of_an_escalation_that_comes_again_says_both(language: str, title: str):
    message = told(language, "escalation", occasion="again", step=2, to="head of care", waited_s=10_800.0)

    assert message.title == title


def test_who_still_waits_has_waited_until_they_are_told():
    message = told("en", now=at("18:00"), waited_s=3600.0)

    assert message.title == "@ana has been waiting for 9 h on Mastodon"


def test_the_end_says_how_long_it_took_and_asks_nothing():
    message = told(
        "en", occasion="resolved", state="resolved", waited_s=5100.0, link="https://v.example/a/t", now=at("18:00")
    )

    assert message.title == "No longer waiting: @ana on Mastodon, after 1 h 25 min"
    assert "To do" not in message.body
    assert "https://v.example" not in message.body


def test_a_watch_says_its_rule_and_its_figures():
    explanation = "In the last hour 26 of 42 turns on x were answered within their target, 62 %; the floor is 80 %."
    message = told("en", "watch", watch="share", scope="x", explanation=explanation)

    assert message.title == "Watch: share (x)"
    assert message.body.splitlines()[0] == explanation
    assert told("fr", "watch", watch="share", scope="x", occasion="resolved").title == (
        "Retour à la normale\u00a0: share (x)"
    )


def test_the_signed_link_stands_last():
    assert told("en", link="https://v.example/a/t").body.splitlines()[-1] == (
        "Acknowledge, snooze or take over: https://v.example/a/t"
    )


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("level", LEVELS)
def test_every_level_has_words_in_both_languages(level, language: str):
    message = told(language, level)
    summary = summary_of([Said(alert=make_alert(level))] * 2, language, now=SOON, why="x")

    assert message.title
    assert message.body
    assert summary.title.startswith("2 alert")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_alert_without_words_quotes_nothing(language: str):
    message = told(language, text="")

    assert not {"“", "«"} & set(message.body)


def test_a_customer_without_a_handle_is_named_by_the_conversation():
    assert told("en", customer_handle="").title.startswith("mastodon:1 has been waiting")


@pytest.mark.parametrize(("language", "word"), [("en", "For"), ("fr", "Destinataire")])
def test_who_is_told_is_named_beside_the_owner_only_when_it_is_another(language: str, word: str):
    assert word not in told(language, owner="Ada", to="Ada").body
    assert f"{word}" in told(language, owner="Ada", to="Nora").body


def test_a_mention_of_a_leader_is_told():
    assert "An executive is mentioned." in told("en", mentions_leader=True).body.splitlines()
    assert "Un membre de la direction est cité." in told("fr", mentions_leader=True).body.splitlines()


@pytest.mark.parametrize(
    ("seconds", "in_english", "in_french"),
    [
        pytest.param(30.0, "30 s", "30 s", id="under a minute"),
        pytest.param(60.0, "1 min", "1 min", id="a minute"),
        pytest.param(3599.9, "59 min", "59 min", id="just under an hour"),
        pytest.param(3600.0, "1 h", "1 h", id="an hour"),
        pytest.param(3900.0, "1 h 05 min", "1 h 05", id="an hour and a bit"),
        pytest.param(86_399.0, "23 h 59 min", "23 h 59", id="just under a day"),
        pytest.param(86_400.0, "1 d", "1 j", id="a day"),
        pytest.param(183_600.0, "2 d 3 h", "2 j 3 h", id="days"),
    ],
)
def test_spans_are_told_in_seconds_minutes_hours_and_days(seconds: float, in_english: str, in_french: str):
    assert english.span(seconds) == in_english
    assert french.span(seconds).replace("\u00a0", " ") == in_french


def test_a_summary_counts_the_levels_and_names_the_gravest_first():
    several = [
        Said(alert=make_alert("warning_50", conversation_id="x:1", customer_handle="eva")),
        Said(alert=make_alert("breach", conversation_id="x:2", customer_handle="bob", waited_s=3600)),
        Said(alert=make_alert("breach", conversation_id="x:3", customer_handle="cid", priority="urgent")),
        Said(alert=make_alert("escalation", conversation_id="x:4", customer_handle="dan", to="head of care")),
    ]

    summary = summary_of(several, "en", now=SOON, why="Collected during quiet hours.")

    assert summary.title == "4 alerts: 1 escalated, 2 past target, 1 warning"
    first, *lines = summary.body.splitlines()
    assert first == "Collected during quiet hours."
    assert [line.split(",")[0] for line in lines] == ["• @dan", "• @cid", "• @bob", "• @eva"]
    assert lines[0].startswith("• @dan, Mastodon, 1 h, escalated, for head of care: “The parcel")


def test_a_long_summary_says_how_many_it_leaves_out():
    several = [Said(alert=make_alert(conversation_id=f"x:{number}")) for number in range(50)]

    assert summary_of(several, "en", now=SOON, why="").body.splitlines()[-1] == "… and 35 more: vigie alerts list"
    assert summary_of(several, "fr", now=SOON, why="").title == "50 alertes\u00a0: 50 hors délai"


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        pytest.param("two\nlines\r\n\tand a tab", "two lines and a tab", id="lines"),
        pytest.param("\u202egnihsihp\u202c \x1b[31mred\x00", "gnihsihp [31mred", id="what steers a screen"),
        pytest.param(
            "hey @here and @channel and <!channel>",
            "hey @\u2060here and @\u2060channel and <\u2060!channel>",
            id="calls",
        ),
        pytest.param("write to @heretic or a@b.example", "write to @heretic or a@b.example", id="no calls"),
        pytest.param("x" * 500, "x" * 399 + "…", id="length"),
    ],
)
def test_a_customers_words_are_quoted_so_that_they_do_nothing_but_speak(text: str, quoted: str):
    assert safe(text) == quoted


def test_a_network_is_written_as_people_do():
    assert [shown_network(name) for name in ("x", "google_reviews")] == ["X", "Google reviews"]


def test_nobody_waits_less_than_nothing_when_clocks_disagree():
    early = facts(make_alert(waited_s=3600.0), at("10:00") - timedelta(minutes=5))

    assert early.waited_s == 3600.0
