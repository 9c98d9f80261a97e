"""Compression, block framing, Native blocks, errors, users: what goes over the wire."""

import gzip
import hashlib

import lz4.frame
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from deploy.embedded.clickhouse.answer import content_type, trailer
from deploy.embedded.clickhouse.compression import ENCODINGS, Blocks, choose, decode, encoder, unframe
from deploy.embedded.clickhouse.errors import EngineError, parse
from deploy.embedded.clickhouse.native import reframe, split_arguments
from deploy.embedded.clickhouse.users import Credentials, authenticate, parse_users
from schemas.errors import ConfigError

LIMIT = 1 << 20
TEXT = b"vigie " * 7 + b"vigie"
# Frames of TEXT as the Go driver writes them (ch-go, 2026-11): LZ4, ZSTD, none.
GO_FRAMES = {
    "LZ4": "74246b86aa000ed49ffd644ee5b02488"
    "82270000002f0000006f766967696520060001001800000600d065207669676965207669676965",
    "ZSTD": "fbd12d725af7db74ec270c7f420ab3f290230000002f00000028b52ffd04006d00003076696769652001540603231254dbe235",
    "none": "8aa1c796261c2ea6542a49280667805302380000002f000000" + TEXT.hex(),
}


@pytest.mark.parametrize("frame", GO_FRAMES.values(), ids=GO_FRAMES)
def test_frames_of_the_go_driver_are_read(frame: str) -> None:
    assert unframe(bytes.fromhex(frame) * 2, LIMIT) == TEXT * 2


@given(st.binary(max_size=5000))
def test_framing_and_unframing_change_nothing(data: bytes) -> None:
    assert unframe(Blocks().encode(data), LIMIT) == data


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        pytest.param(lambda frame: frame[:-1], "CANNOT_READ_ALL_DATA", id="cut"),
        pytest.param(lambda frame: frame[:20], "CANNOT_READ_ALL_DATA", id="cut in the header"),
        pytest.param(lambda frame: frame[:-1] + b"!", "CHECKSUM_DOESNT_MATCH", id="another byte"),
        pytest.param(lambda frame: b"\0" * 60, "CANNOT_READ_ALL_DATA", id="no frame at all"),
    ],
)
def test_damaged_frame_is_refused(damage: object, name: str) -> None:
    with pytest.raises(EngineError) as raised:
        unframe(damage(bytes.fromhex(GO_FRAMES["LZ4"])), LIMIT)  # type: ignore[operator]  # a table of lambdas

    assert raised.value.name == name


def test_frame_beyond_the_limit_is_refused() -> None:
    with pytest.raises(EngineError, match="QUERY_IS_TOO_LARGE"):
        unframe(Blocks().encode(b"x" * 1000), 999)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(pieces=st.lists(st.binary(max_size=300), max_size=5))
def test_encodings_are_decoded_again(encoding: str, pieces: list[bytes]) -> None:
    made = encoder(encoding)

    packed = b"".join(made.encode(piece) for piece in pieces) + made.finish()

    assert decode(packed, encoding, LIMIT) == b"".join(pieces)


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(TEXT), zstandard.ZstdCompressor().compress(TEXT), lz4.frame.compress(TEXT)],
    ids=["gzip", "zstd", "lz4"],
)
def test_two_members_are_one_body(packed: bytes) -> None:
    encoding = {0x1F: "gzip", 0x28: "zstd", 0x04: "lz4"}[packed[0]]

    assert decode(packed * 2, encoding, LIMIT) == TEXT * 2


def test_body_that_unpacks_beyond_the_limit_is_refused() -> None:
    with pytest.raises(EngineError, match="QUERY_IS_TOO_LARGE"):
        decode(gzip.compress(b"\0" * 100_000), "gzip", 99_999)


def test_unknown_content_encoding_is_not_implemented() -> None:
    with pytest.raises(EngineError) as raised:
        decode(b"x", "br", LIMIT)

    assert raised.value.status == 501


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate", "gzip"),
        ("lz4, br, gzip;q=0.5", "lz4"),
        ("GZIP", "gzip"),
        ("gzip;q=0", None),
        ("br", None),
        ("", None),
    ],
)
def test_best_accepted_encoding_is_chosen(accepted: str, chosen: str | None) -> None:
    assert choose(accepted) == chosen


def test_native_block_gets_info_and_flags() -> None:
    block = b"\x02\x01" + b"\x01a\x05UInt8\x07" + b"\x01s\x06String\x02hi"

    framed = reframe(block)

    info = b"\x01\x00\x02\xff\xff\xff\xff\x00"
    assert framed == info + b"\x02\x01" + b"\x01a\x05UInt8\x00\x07" + b"\x01s\x06String\x00\x02hi"


def test_native_column_of_unknown_length_is_not_implemented() -> None:
    with pytest.raises(EngineError, match="cast it to String"):
        reframe(b"\x01\x01\x01j\x04JSON\x00")


def test_type_arguments_are_split_outside_of_brackets_and_quotes() -> None:
    assert split_arguments("String, Map(String, UInt8), Enum8('a,b)\\'' = 1)") == [
        "String",
        "Map(String, UInt8)",
        "Enum8('a,b)\\'' = 1)",
    ]


@pytest.mark.parametrize(
    ("text", "code", "name", "message", "status"),
    [
        pytest.param(
            "Code: 60. DB::Exception: Table a.b does not exist. (UNKNOWN_TABLE)",
            60,
            "UNKNOWN_TABLE",
            "Table a.b does not exist",
            404,
            id="plain",
        ),
        pytest.param(
            "Code: 73. DB::Exception: Code: 73. DB::Exception: Unknown format N. (UNKNOWN_FORMAT)"
            " (version 26.9.2.1). (UNKNOWN_FORMAT)",
            73,
            "UNKNOWN_FORMAT",
            "Unknown format N",
            404,
            id="wrapped twice",
        ),
        pytest.param(
            "Code: 27. DB::Exception: Cannot parse: (at row 1)\n: While executing X."
            " (CANNOT_PARSE_INPUT_ASSERTION_FAILED) (version 26.9.2.1)",
            27,
            "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
            "Cannot parse: (at row 1)\n: While executing X",
            400,
            id="two lines",
        ),
        pytest.param("something else", 1002, "UNKNOWN_EXCEPTION", "something else", 500, id="no code"),
    ],
)
def test_text_of_the_engine_becomes_an_error(text: str, code: int, name: str, message: str, status: int) -> None:
    error = parse(text)

    assert (error.code, error.name, error.message, error.status) == (code, name, message, status)


def test_trailer_holds_the_length_of_its_message() -> None:
    error = EngineError(395, "THROWN", "no")

    _, mark, tag, rest, end, last = trailer(error, "26.9", "a" * 16).split(b"\r\n")

    message, _, size = rest.rpartition(b"\n")
    assert (mark, end, last, tag) == (b"__exception__", b"__exception__", b"", b"a" * 16)
    assert size == f"{len(message) + 1} {'a' * 16}".encode()


@pytest.mark.parametrize(
    ("output_format", "expected"),
    [
        ("TSVWithNames", "text/tab-separated-values; charset=UTF-8"),
        ("CSVWithNames", "text/csv; charset=UTF-8; header=present"),
        ("JSONCompact", "application/json; charset=UTF-8"),
        ("JSONEachRow", "application/x-ndjson; charset=UTF-8"),
        ("RowBinaryWithNamesAndTypes", "application/octet-stream"),
        ("Pretty", "text/plain; charset=UTF-8"),
    ],
)
def test_content_type_follows_the_format(output_format: str, expected: str) -> None:
    assert content_type(output_format) == expected


DIGEST = hashlib.sha256(b"look").hexdigest()


def test_users_come_from_lines_and_environment() -> None:
    lines = ["# ours", "", f"grafana:{DIGEST.upper()}:readonly", "boss:env:BOSS:owner"]

    users = parse_users(lines, {"BOSS": "look"})

    assert {name: (user.sha256, user.role) for name, user in users.items()} == {
        "default": ("", "owner"),
        "grafana": (DIGEST, "reader"),
        "boss": (DIGEST, "owner"),
    }


@pytest.mark.parametrize("line", ["grafana", "grafana:secret:readonly", f"grafana:{DIGEST}:admin", f":{DIGEST}:owner"])
def test_wrong_user_line_is_refused_without_its_secret(line: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_users([line], {})

    assert "secret" not in str(raised.value)
    assert DIGEST not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "password", "given", "error"),
    [
        ("default", "", False, None),
        ("default", "anything", True, None),
        ("grafana", "look", True, None),
        ("grafana", "", True, "AUTHENTICATION_FAILED"),
        ("grafana", "Look", True, "AUTHENTICATION_FAILED"),
        ("nobody", "look", True, "AUTHENTICATION_FAILED"),
    ],
)
def test_only_the_right_password_opens(name: str, password: str, given: bool, error: str | None) -> None:
    users = parse_users([f"grafana:{DIGEST}:readonly"], {})
    asked = Credentials(name=name, password=password, given=given)

    if error is None:
        assert authenticate(users, asked).name == name
    else:
        with pytest.raises(EngineError, match=error):
            authenticate(users, asked)
