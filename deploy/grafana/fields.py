"""Columns that several boards show, so that a name, a unit and a colour mean the same everywhere. Pure."""

from deploy.grafana import looks, terms
from deploy.grafana.looks import Steps
from deploy.grafana.panels import Field
from deploy.grafana.said import Said

NETWORK = Field(name="network", title=Said(en="Network", fr="Réseau"), terms=terms.NETWORK_NAMES, width=110)
OWNER = Field(name="owner", title=Said(en="Who answers", fr="Responsable"), width=150)
FEELING = Field(
    name="feeling",
    title=Said(en="Feeling", fr="Sentiment"),
    terms=terms.FEELINGS,
    colors=terms.FEELING_COLORS,
    width=100,
)
POST = Field(
    name="post",
    title=Said(en="Link", fr="Lien"),
    opens=Said(en="Open ↗", fr="Ouvrir ↗"),
    width=90,
)


def counted(name: str, title: Said, *, steps: Steps = looks.ALWAYS) -> Field:
    """A number of things."""
    return Field(name=name, title=title, unit=looks.COUNT, steps=steps)


def span(name: str, title: Said, *, color: str = "", width: int = 0) -> Field:
    """Seconds, read as the two largest units of time in them."""
    return Field(name=name, title=title, unit=looks.SPAN, decimals=0, color=color, width=width)


def share(name: str, title: Said, *, color: str = "", steps: Steps = (), width: int = 0) -> Field:
    """A part of a whole, 0 to 1, read in percent."""
    return Field(name=name, title=title, unit=looks.SHARE, decimals=0, color=color, steps=steps, width=width)


def of_target(*, width: int = 0) -> Field:
    """A wait as a multiple of what was promised: from 1 on the promise is broken."""
    title = Said(en="× the promise", fr="× délai promis")
    return Field(name="of_target", title=title, unit=looks.TIMES, decimals=1, steps=looks.USED, width=width)


def feelings() -> tuple[Field, ...]:
    """A number column for each feeling, with the words and colours that it has everywhere."""
    return tuple(
        Field(name=code, title=text, unit=looks.COUNT, color=terms.FEELING_COLORS[code])
        for code, text in terms.FEELINGS.items()
    )


WAITING = span("waiting", Said(en="Has waited", fr="Attend depuis"), width=130)
