"""Board, Section, Panel, Field: what is asked and how it is shown, as data. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from deploy.grafana import looks
from deploy.grafana.looks import Steps
from deploy.grafana.said import Language, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat:
    """Large figures beside each other: the columns of the one row that the query answers with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Series in time, from the column `time` on: one per number column, or one per value of the column `label`.

    Args:
        stacked: bars on top of each other, which add up.
        goal: a dashed line at this value.
        top: the greatest value of the axis; None leaves it to the values.
        step: the shortest span between two points.
        logarithmic: for waits, of which some take minutes and some days.
    """

    unit: str
    label: str = ""
    stacked: bool = False
    goal: float | None = None
    top: float | None = None
    step: str = "1m"
    logarithmic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows in the order of the query; `nothing` is said when there are none. Dense ones have low rows."""

    nothing: Said = looks.NOTHING
    dense: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Stacked bars, one per row, named by the string column `by`; a colour for each number column."""

    by: str
    unit: str = looks.COUNT
    upright: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Donut:
    """Parts of a whole: one per row, named by its string column."""


Shape = Stat | Lines | Table | Columns | Donut


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of the answer: what it is called, and how its values read.

    Args:
        name: as the query calls it.
        terms: the words for its codes, with `colors` for some of them.
        color: one colour whatever the value; else `steps` give it, or `scale`, from the least to the greatest.
        paint: whether a table fills the cell with the colour of its value.
        wrap: whether a table breaks long text into lines.
        opens: the title of a link to the address that the value is.
        width: of its column in a table, in pixels.
    """

    name: str
    title: Said
    unit: str = ""
    decimals: int | None = None
    color: str = ""
    steps: Steps = ()
    scale: str = ""
    terms: Mapping[str, Said] = field(default_factory=dict)
    colors: Mapping[str, str] = field(default_factory=dict)
    paint: bool = False
    wrap: bool = False
    opens: Said | None = None
    width: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One question and its picture.

    Args:
        number: its id on the board, which links and rules name: never given to another panel.
        about: how the figure is defined, for the reader.
        sql: with macros; a function where codes become the names of series, which no mapping reaches.
        width, height: in Grafana's grid: 24 columns, rows of 30 pixels.
    """

    number: int
    title: Said
    shape: Shape
    sql: str | Callable[[Language], str]
    about: Said | None = None
    fields: tuple[Field, ...] = ()
    width: int = 12
    height: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Panels under a question. On a phone they stand one below the other, in this order."""

    title: Said
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One board: what it is for, its menus, what is marked in its drawings, the period it opens with, its sections."""

    place: int
    title: Said
    about: Said
    sections: Sequence[Section]
    variables: tuple[str, ...] = ("brand", "network", "language", "priority")
    marks: tuple[str, ...] = ("escalations", "storms")
    since: str = "now-24h"

    def panels(self) -> list[Panel]:
        """All panels in reading order."""
        return [panel for section in self.sections for panel in section.panels]
