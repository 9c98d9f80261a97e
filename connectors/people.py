"""On which side of a conversation an author stands: customer, brand, leader or automation. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.errors import ConfigError
from schemas.event import Role
from schemas.settings import Brand, Leader


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """The accounts of one brand. `automation` holds accounts and names of applications."""

    brand: str
    accounts: frozenset[str] = frozenset()
    automation: frozenset[str] = frozenset()
    automatic_texts: tuple[re.Pattern[str], ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who speaks for whom, as declared in `[[brands]]` and `[[leaders]]`.

    An account is written as its id or its handle, with or without `@`; with the network in front, `x:acme`, it
    counts on that network alone.
    """

    teams: tuple[Team, ...] = ()
    leaders: frozenset[str] = frozenset()

    def accounts_on(self, network: str) -> tuple[str, ...]:
        """The declared accounts of brands and leaders that are written with this network in front, without it."""
        prefix = f"{network}:"
        everyone = [account for team in self.teams for account in team.accounts | team.automation] + [*self.leaders]
        return tuple(sorted({account.removeprefix(prefix) for account in everyone if account.startswith(prefix)}))

    def names_on(self, network: str) -> tuple[str, ...]:
        """The ids and handles of brands and leaders that count on this network, and what automates them."""
        anywhere = {name for team in self.teams for name in team.accounts | team.automation} | self.leaders
        return tuple(sorted({*self.accounts_on(network), *(name for name in anywhere if ":" not in name)}))

    def words_of(self, brand: str) -> tuple[str, ...]:
        """The names and aliases of a brand; of all of them when none is named."""
        return tuple(word for team in self.teams if not brand or team.brand == brand for word in team.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """What a network says of an author. `is_team` is set where the network itself knows the brand's people."""

    network: str
    id: str
    handle: str = ""
    application: str = ""
    is_bot: bool = False
    is_team: bool = False
    text: str = ""


def people_from(brands: Iterable[Brand], leaders: Iterable[Leader]) -> People:
    """The people that the settings declare.

    Raises:
        ConfigError: a pattern is no regular expression.
    """
    return People(
        teams=tuple(
            Team(
                brand=brand.name,
                accounts=frozenset(map(_plain, brand.accounts)),
                automation=frozenset(map(_plain, brand.automation)),
                automatic_texts=tuple(_compiled(text, brand.name) for text in brand.automatic_texts),
                words=(brand.name, *brand.aliases),
            )
            for brand in brands
        ),
        leaders=frozenset(_plain(handle) for leader in leaders for handle in leader.handles),
    )


def role_of(people: People, writer: Writer) -> tuple[Role, str]:
    """The role of an author, and the brand they speak for, empty when they speak for none.

    A bot is automation whoever runs it. People of the brand are automation when the application, or the text,
    is declared as automatic. A leader who is also an account of the brand is a leader.
    """
    names = _names(writer)
    application = _plain(writer.application)
    for team in people.teams:
        if names & team.automation:
            return "automation", team.brand
    is_leader = bool(names & people.leaders)
    own = [team for team in people.teams if names & team.accounts]
    brand = own[0].brand if own else ""
    if not (is_leader or own or writer.is_team):
        return ("automation" if writer.is_bot else "customer"), ""
    for team in own or people.teams:
        if application and application in team.automation:
            return "automation", brand
        if any(pattern.search(writer.text) for pattern in team.automatic_texts):
            return "automation", brand
    if writer.is_bot:
        return "automation", brand
    return ("leader" if is_leader else "brand"), brand


def _names(writer: Writer) -> frozenset[str]:
    plain = {_plain(name) for name in (writer.id, writer.handle) if name}
    return frozenset(plain | {f"{writer.network}:{name}" for name in plain})


def _plain(name: str) -> str:
    name = name.strip().casefold()
    network, colon, rest = name.partition(":")
    return f"{network}:{rest.removeprefix('@')}" if colon else name.removeprefix("@")


def _compiled(pattern: str, brand: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ConfigError(
            f"automatic_texts holds {pattern!r}, which is no regular expression: {error}",
            where=f"brands, {brand}",
            fix="Correct it; `(?i)` at its beginning ignores case.",
        ) from None
