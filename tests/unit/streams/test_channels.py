"""The words of a notification, and who takes it."""

import pytest

from schemas.errors import ConfigError
from streams.channels import AppriseChannels, Message, message_of
from tests.support.builders import make_alert


def test_an_english_notification_says_who_waits_how_long_and_what_was_promised():
    message = message_of(make_alert(waited_s=3661.0), "en")

    assert message.title == "@ana has been waiting for 1 h 01 min on mastodon"
    assert message.body == "“The parcel is late, where is it?”\nPromised: 1 h 00 min. Policy: default."


def test_a_french_notification_says_the_same():
    message = message_of(make_alert(waited_s=3661.0, text="Où est mon colis ?"), "fr")

    assert message.title == "@ana attend depuis 1 h 01 min sur mastodon"
    assert message.body == "« Où est mon colis ? »\nDélai promis : 1 h 00 min. Règle : default."


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_notification_without_words_quotes_nothing(language):
    message = message_of(make_alert(text=""), language)

    assert len(message.body.splitlines()) == 1
    assert "“" not in message.body
    assert "«" not in message.body


def test_a_mention_of_a_leader_and_the_link_are_told():
    alert = make_alert(mentions_leader=True, permalink="https://social.example/1")

    assert message_of(alert, "en").body.splitlines()[2:] == ["An executive is mentioned.", "https://social.example/1"]
    assert message_of(alert, "fr").body.splitlines()[2:] == ["Un dirigeant est cité.", "https://social.example/1"]


def test_a_customer_without_a_handle_is_named_by_the_conversation():
    assert message_of(make_alert(customer_handle=""), "en").title.startswith("mastodon:1 has been waiting")


@pytest.mark.parametrize(
    ("seconds", "span"),
    [
        pytest.param(59.9, "0 min", id="under a minute"),
        pytest.param(60.0, "1 min", id="a minute"),
        pytest.param(3599.9, "59 min", id="just under an hour"),
        pytest.param(3600.0, "1 h 00 min", id="an hour"),
        pytest.param(86_399.0, "23 h 59 min", id="just under a day"),
        pytest.param(183_600.0, "2 d 3 h", id="days"),
    ],
)
def test_waits_are_told_in_minutes_hours_and_days(seconds: float, span: str):
    assert message_of(make_alert(waited_s=seconds), "en").title == f"@ana has been waiting for {span} on mastodon"


def test_days_are_told_in_french_to_who_reads_french():
    assert message_of(make_alert(waited_s=183_600.0), "fr").title == "@ana attend depuis 2 j 3 h sur mastodon"


def test_without_channels_everything_is_taken():
    assert AppriseChannels([]).send(Message(title="t", body="b"))


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # one of Apprise's channels
def test_an_address_that_is_none_is_refused_instead_of_being_forgotten(caplog: pytest.LogCaptureFixture):
    with pytest.raises(ConfigError) as refused:
        AppriseChannels(["slakc://T0000/B0000/secret"])

    assert "secret" not in str(refused.value)
    assert "secret" not in caplog.text
