"""Who speaks for whom: one answer for every network."""

import pytest

from connectors.people import People, Writer, people_from, role_of
from schemas.errors import ConfigError
from schemas.settings import Brand, Leader

PEOPLE = people_from(
    [
        Brand(
            name="lumora",
            accounts=("@LumoraCoffee", "bluesky:did:plc:lumora", "ines"),
            automation=("lumora_bot", "AutoReply Pro"),
            automatic_texts=("(?i)^automatic reply",),
            aliases=("#lumora",),
        ),
        Brand(name="acme", accounts=("AcmeHelp",), automation=("Robo",)),
    ],
    [Leader(name="Ines Duval", handles=("Ines", "x:ceo"))],
)


def writer(handle: str = "", **fields: object) -> Writer:
    return Writer(**{"network": "x", "id": "1", "handle": handle, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        pytest.param(writer("pilar"), ("customer", ""), id="somebody"),
        pytest.param(writer("lumoracoffee"), ("brand", "lumora"), id="an account, whatever the case"),
        pytest.param(writer("@LUMORACOFFEE"), ("brand", "lumora"), id="with an at sign"),
        pytest.param(writer(id="lumoracoffee"), ("brand", "lumora"), id="by its id"),
        pytest.param(writer("acmehelp"), ("brand", "acme"), id="of the other brand"),
        pytest.param(writer(network="bluesky", id="did:plc:lumora"), ("brand", "lumora"), id="on its network"),
        pytest.param(writer(id="did:plc:lumora"), ("customer", ""), id="not on another network"),
        pytest.param(writer("ines"), ("leader", "lumora"), id="a leader who is an account of the brand too"),
        pytest.param(writer("ceo"), ("leader", ""), id="a leader on one network"),
        pytest.param(writer("ceo", network="line"), ("customer", ""), id="whose handle is somebody else's elsewhere"),
        pytest.param(writer("lumora_bot"), ("automation", "lumora"), id="a robot of the brand"),
        pytest.param(writer("lumoracoffee", application="autoreply pro"), ("automation", "lumora"), id="a program"),
        pytest.param(writer("acmehelp", application="AutoReply Pro"), ("brand", "acme"), id="of the other brand alone"),
        pytest.param(writer("pilar", application="AutoReply Pro"), ("customer", ""), id="that a customer uses"),
        pytest.param(writer("ines", text="Automatic reply: away"), ("automation", "lumora"), id="a leader's robot"),
        pytest.param(writer("pilar", text="Automatic reply?"), ("customer", ""), id="a customer's words"),
        pytest.param(writer("robot", is_bot=True), ("automation", ""), id="somebody's robot"),
        pytest.param(writer("acmehelp", is_bot=True), ("automation", "acme"), id="an account marked as robot"),
        pytest.param(writer("anna", is_team=True), ("brand", ""), id="whom the network calls staff"),
        pytest.param(writer("anna", is_team=True, application="robo"), ("automation", ""), id="staff's robot"),
        pytest.param(writer(""), ("customer", ""), id="nobody at all"),
    ],
)
def test_the_role_of(who: Writer, expected: tuple[str, str]):
    assert role_of(PEOPLE, who) == expected


def test_without_declarations_everybody_is_a_customer():
    assert role_of(People(), writer("lumoracoffee")) == ("customer", "")


def test_accounts_of_one_network_are_those_written_with_it():
    assert PEOPLE.accounts_on("bluesky") == ("did:plc:lumora",)
    assert PEOPLE.accounts_on("x") == ("ceo",)


def test_words_are_names_and_aliases():
    assert PEOPLE.words_of("lumora") == ("lumora", "#lumora")
    assert PEOPLE.words_of("") == ("lumora", "#lumora", "acme")


def test_a_wrong_pattern_is_named():
    with pytest.raises(ConfigError, match=r"brands, lumora: automatic_texts holds '\('"):
        people_from([Brand(name="lumora", automatic_texts=("(",))], [])


def test_the_names_of_a_network_are_those_without_one_and_its_own():
    assert PEOPLE.names_on("x") == ("acmehelp", "autoreply pro", "ceo", "ines", "lumora_bot", "lumoracoffee", "robo")
    assert "did:plc:lumora" in PEOPLE.names_on("bluesky")
