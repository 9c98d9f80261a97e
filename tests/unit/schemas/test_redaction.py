"""Redaction: what is personal goes, what only looks like it stays, and offsets can be traced back."""

import pytest

from schemas.redaction import redact, restore_offset


@pytest.mark.parametrize(
    ("text", "expected", "counts"),
    [
        pytest.param("écrivez à jean.dupont+x@exemple.fr svp", "écrivez à [email] svp", {"email": 1}, id="e-mail"),
        pytest.param("call 06 12 34 56 78 or +33 6 12 34 56 78", "call [phone] or [phone]", {"phone": 2}, id="phones"),
        pytest.param("my cell is (415) 555-2671.", "my cell is [phone].", {"phone": 1}, id="North American phone"),
        pytest.param("IBAN FR76 3000 6000 0112 3456 7890 189", "IBAN [iban]", {"iban": 1}, id="IBAN"),
        pytest.param("carte 4111 1111 1111 1111 refusée", "carte [card] refusée", {"card": 1}, id="card"),
        pytest.param("sécu 2 69 05 49 588 157 80", "sécu [nir]", {"nir": 1}, id="French social security"),
        pytest.param("sécu 255082A12345646", "sécu [nir]", {"nir": 1}, id="social security of Corsica"),
        pytest.param(
            "FR76 3000 6000 0112 3456 7890 189 merci de payer",
            "[iban] merci de payer",
            {"iban": 1},
            id="IBAN, words after",
        ),
        pytest.param(
            "CB 75 4111 1111 1111 1111 12/27 123", "CB 75 [card] 12/27 123", {"card": 1}, id="card, digits around"
        ),
        pytest.param("au 06 12 34 56 78 2 fois", "au [phone] 2 fois", {"phone": 1}, id="phone, a number after"),
        pytest.param("06\u00a012\u00a034\u00a056\u00a078", "[phone]", {"phone": 1}, id="unbreakable spaces"),
        pytest.param("jean (at) exemple.fr", "[email]", {"email": 1}, id="e-mail with a spelt at"),
        pytest.param("carte ٤١١١ ١١١١ ١١١١ ١١١١", "carte [card]", {"card": 1}, id="card in Arabic digits"),
        pytest.param("contrat n° AB-1234567 résilié", "contrat n° [contract] résilié", {"contract": 1}, id="contract"),
    ],
)
def test_redact_replaces_personal_numbers_by_their_kind(text: str, expected: str, counts: dict[str, int]) -> None:
    redacted = redact(text)

    assert redacted.text == expected
    assert redacted.counts == counts


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("carte 4111 1111 1111 1112", id="card with a wrong check digit"),
        pytest.param("IBAN FR76 3000 6000 0112 3456 7890 180", id="IBAN with a wrong remainder"),
        pytest.param("2 69 05 49 588 157 81", id="social-security number with a wrong key"),
        pytest.param("@maif vol AF1234 le 12/05/2026 à 10:30, 1 250,00 €", id="flight, date, hour, price"),
        pytest.param("order 20261122 of 3,000,000 units", id="order number"),
        pytest.param("https://t.co/0612345678 #0612", id="address and hashtag"),
        pytest.param("merci @jane@mastodon.example", id="handle with its server"),
        pytest.param("BE31435411161156 4111111111111111x", id="numbers inside longer words"),
        pytest.param("me@ home and you @ work", id="an at sign alone"),
    ],
)
def test_redact_leaves_what_only_looks_personal(text: str) -> None:
    redacted = redact(text)

    assert redacted.text == text
    assert redacted.counts == {}


def test_redact_never_keeps_a_value() -> None:
    redacted = redact("a@b.fr, c@d.org et 06 12 34 56 78")

    assert "@" not in redacted.text
    assert redacted.counts == {"email": 2, "phone": 1}


def test_redacting_twice_says_the_same_as_once() -> None:
    once = redact("a@b.fr, 06 12 34 56 78, contrat n° AB-1234567 et 4111 1111 1111 1111")

    again = redact(once.text)

    assert (again.text, again.counts) == (once.text, once.counts)


def test_offsets_after_a_redaction_lead_back_to_the_text_as_given() -> None:
    text = "Appelez Paul au 06 12 34 56 78 à Lyon ou a@b.fr à Nice"
    redacted = redact(text)

    for name in ("Paul", "Lyon", "Nice"):
        start = redacted.text.index(name)
        given = slice(
            restore_offset(redacted.cuts, start), restore_offset(redacted.cuts, start + len(name), is_end=True)
        )
        assert text[given] == name


def test_an_offset_inside_a_mark_leads_to_the_edges_of_the_value() -> None:
    redacted = redact("a@b.fr!")

    assert restore_offset(redacted.cuts, 0) == 0
    assert restore_offset(redacted.cuts, len("[email]"), is_end=True) == len("a@b.fr")
    assert restore_offset(redacted.cuts, len("[email]")) == len("a@b.fr")


@pytest.mark.parametrize("unit", ["1", "1 ", "a.", "a@", "FR76", "+1 ", "contrat ", "[email]", "a (at) ", "06 "])
def test_redact_reads_a_hostile_text_in_linear_time(unit: str) -> None:
    assert redact(unit * (20_000 // len(unit))).text
