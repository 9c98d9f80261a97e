"""Text of strangers in cells of a terminal, and the small drawings."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from deploy.board.cells import Cell, bar, beside, clean, cut, ends, ink, joined, line, parts, sparkline, wrapped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("two\nlines\r\nand\ta tab", "two lines and a tab", id="line ends and tabs"),
        pytest.param("\x1b[2Jgone\x07", "[2Jgone", id="escape sequence without its escape"),
        pytest.param("a\x9b31mb", "a 31mb", id="one-byte control sequence introducer"),
        pytest.param("safe\u202eevil\u202c", "safeevil", id="right-to-left override"),
        pytest.param("\u2066x\u2069\u200f", "x", id="isolates and marks of direction"),
        pytest.param("👩\u200d💻 ok", "👩💻 ok", id="joined emoji fall apart"),
        pytest.param("👍🏽", "👍", id="skin tone"),
        pytest.param("❤\ufe0f", "❤", id="variation selector"),
        pytest.param("z\u0300\u0301\u0302\u0303\u0304x", "z\u0300\u0301\u0302x", id="piled marks"),
        pytest.param("\ue000", "�", id="private use"),
        pytest.param("  much   space  ", "much space", id="spaces"),
        pytest.param("مرحبا שלום 日本 naïve", "مرحبا שלום 日本 naïve", id="writing of the world"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_clean_leaves_one_line_that_cannot_steer(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(st.text())
def test_clean_never_lets_a_control_character_through(text: str) -> None:
    shown = clean(text)

    assert not {unicodedata.category(sign) for sign in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert clean(shown) == shown


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        pytest.param("short", 5, "short", id="fits"),
        pytest.param("longer", 5, "long…", id="cut"),
        pytest.param("two words", 5, "two…", id="no space before the ellipsis"),
        pytest.param("日本語", 5, "日本…", id="wide characters count double"),
        pytest.param("日本語", 4, "日…", id="half a wide character is none"),
        pytest.param("😀😀", 3, "😀…", id="emoji"),
        pytest.param("any", 0, "", id="no room"),
    ],
)
def test_cut_counts_columns(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


@given(st.text().map(clean), st.integers(0, 40))
def test_cut_is_never_wider_than_asked(text: str, width: int) -> None:
    assert cell_len(cut(text, width)) <= width


def test_line_pads_and_aligns() -> None:
    found = line([Cell(text="a", width=3), Cell(text="b", width=3, right=True), Cell(text="cd")], 20)

    assert found.plain == "a     b cd"


def test_line_never_reads_markup() -> None:
    found = line([Cell(text="[red]x[/red] [link=http://a]y[/link] :smile:")], 60)

    assert found.plain == "[red]x[/red] [link=http://a]y[/link] :smile:"


def test_ends_keeps_the_right_and_cuts_the_left() -> None:
    assert ends(Text("left"), Text("right"), 14, fill="─").plain == "left ─── right"
    assert ends(Text("a long left"), Text("right"), 10).plain == "a l… right"
    assert ends(Text("alone"), Text(), 8, fill="─").plain == "alone ──"


def test_joined_stops_at_the_first_that_does_not_fit() -> None:
    assert joined([Text("one"), Text("two"), Text("three")], 9).plain == "one · two"


def test_beside_holds_the_rule_in_one_column() -> None:
    found = beside([Text("a"), Text("long")], [Text("x")], 5)

    assert [one.plain for one in found] == ["a     │ x", "long  │ "]


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(None, "┄┄┄┄"), (0.0, "────"), (0.5, "━━──"), (0.6, "━━╸─"), (1.0, "━━━━"), (1.7, "━━━━")],
)
def test_bar_reads_without_colour(share: float | None, drawn: str) -> None:
    assert bar(share, 4, "red").plain == drawn


def test_parts_fill_the_width_whatever_the_rounding() -> None:
    found = parts([(1, "━", ""), (1, "┄", ""), (1, "=", "")], 10)

    assert found.plain == "━━━┄┄┄┄==="
    assert parts([(0, "━", ""), (0, "┄", "")], 10).plain == ""


def test_sparkline_shows_the_latest_and_lifts_what_is_not_nothing() -> None:
    assert sparkline((9, 0, 1, 50, 100), 4) == "▁▂▅█"
    assert sparkline((0, 0), 4) == "▁▁"
    assert sparkline((1, 2), 0) == ""


def test_ink_ends_with_its_text() -> None:
    found = ink("red", "red").append(" plain")

    assert [(span.start, span.end) for span in found.spans] == [(0, 3)]


def test_wrapped_breaks_between_words() -> None:
    assert [one.plain for one in wrapped("one two three", 8, "")] == ["one two", "three"]
