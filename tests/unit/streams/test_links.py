"""Signed links: only we can make them, they say who acts, and they end."""

import time

import pytest

from schemas.errors import ConfigError
from schemas.settings import Actions
from schemas.units import PositiveDuration, Secret
from streams.links import Expired, Grant, Links, NotSigned, links_of
from tests.support.builders import make_alert

SECRET = "a secret of some length"
GRANT = Grant(alert_id="x:1:1:breach", conversation_id="x:1", turn=1, by="Nora Weil", language="fr")


def made(*secrets: str, lifetime_s: float = 3600.0) -> Links:
    return Links(base_url="https://v.example", secrets=secrets or (SECRET,), lifetime_s=lifetime_s)


def test_a_link_says_who_may_act_on_what_and_in_which_language():
    link = made().link(make_alert(), by="Nora Weil", language="fr")

    address, _, token = link.partition("/a/")
    assert address == "https://v.example"
    assert made().read(token) == Grant(
        alert_id="mastodon:1:1:breach", conversation_id="mastodon:1", turn=1, by="Nora Weil", language="fr"
    )


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="nothing"),
        pytest.param("x.y.z", id="noise"),
        pytest.param("é" * 40, id="no ASCII"),
        pytest.param(made("another secret of length").token(GRANT), id="of another secret"),
        pytest.param(made().token(GRANT)[:-1], id="cut"),
        pytest.param("A" + made().token(GRANT), id="longer"),
        pytest.param(made().token(GRANT).replace(".", "x.", 1), id="changed"),
    ],
)
def test_what_we_did_not_sign_is_refused(token: str):
    with pytest.raises(NotSigned):
        made().read(token)


def test_a_link_ends(monkeypatch: pytest.MonkeyPatch):
    token, begun = made().token(GRANT), time.time()
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: begun + 3602)

    with pytest.raises(Expired):
        made().read(token)


def test_while_a_secret_is_changed_the_old_links_work_and_new_ones_are_signed_with_the_new():
    old, both, new = (
        made("old secret, 16 chars"),
        made("new secret, 16 chars", "old secret, 16 chars"),
        made("new secret, 16 chars"),
    )

    assert both.read(old.token(GRANT)) == GRANT
    assert new.read(both.token(GRANT)) == GRANT


def test_without_an_address_there_are_no_links():
    assert links_of(Actions(secret=Secret(SECRET))) is None


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        pytest.param(
            Actions(base_url="https://v.example"), "VIGIE_ACTIONS__SECRET (environment) is not", id="no secret"
        ),
        pytest.param(Actions(base_url="https://v.example", secret=Secret("short")), "shorter than 16", id="short"),
        pytest.param(
            Actions(base_url="http://v.example", secret=Secret(SECRET)), "write an https:// address", id="in the open"
        ),
    ],
)
def test_links_that_would_not_be_safe_are_refused(settings: Actions, says: str):
    with pytest.raises(ConfigError) as error:
        links_of(settings)

    assert says in str(error.value)
    assert SECRET not in str(error.value)


def test_the_secret_need_not_be_one():
    several = links_of(
        Actions(
            base_url="http://127.0.0.1:8300/",
            secret=Secret(f"{SECRET.replace(' ', '-')} another-secret-of-length"),
            link_lifetime=PositiveDuration(60),
        )
    )

    assert several is not None
    assert (len(several.secrets), several.base_url, several.lifetime_s) == (2, "http://127.0.0.1:8300", 60)
