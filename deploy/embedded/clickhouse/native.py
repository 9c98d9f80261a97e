"""Native blocks as newer protocol revisions frame them. Pure.

Over HTTP the engine writes Native as revision 0. A client that sends `client_protocol_version` (the Go driver, and with
it Grafana) expects each block to start with its block info and each column with a flag for custom serialization. Both
are constants here, but the flag stands between a column's type and its data, so every column has to be measured.
"""

import re

from deploy.embedded.clickhouse.errors import not_implemented

# Source: ClickHouse src/Core/ProtocolDefines.h, DBMS_MIN_REVISION_WITH_CUSTOM_SERIALIZATION. Clients below it also read
# revision 0 (clickhouse-connect probes and falls back), so only this revision and newer ones are framed anew.
FRAMED_SINCE = 54454

# Field 1 is_overflows = 0, field 2 bucket_num = -1, end of fields.
_BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
_PLAIN = b"\x00"

_WIDTH = {
    **dict.fromkeys(("Int8", "UInt8", "Bool", "Enum8", "Nothing"), 1),
    **dict.fromkeys(("Int16", "UInt16", "Date", "Enum16", "BFloat16"), 2),
    **dict.fromkeys(("Int32", "UInt32", "Float32", "Date32", "DateTime", "IPv4", "Decimal32", "Time"), 4),
    **dict.fromkeys(("Int64", "UInt64", "Float64", "DateTime64", "Decimal64", "Time64"), 8),
    **dict.fromkeys(("Int128", "UInt128", "UUID", "IPv6", "Decimal128"), 16),
    **dict.fromkeys(("Int256", "UInt256", "Decimal256"), 32),
}
_GEO = {
    "Point": "Tuple(Float64, Float64)",
    "Ring": "Array(Point)",
    "LineString": "Array(Point)",
    "Polygon": "Array(Ring)",
    "MultiLineString": "Array(LineString)",
    "MultiPolygon": "Array(Polygon)",
}
_TYPE = re.compile(r"(\w+)(?:\((.*)\))?$", re.DOTALL)
_NAMED = re.compile(r"(?:`(?:[^`\\]|\\.)*`|\w+) (?=\w)")


def reframe(blocks: bytes) -> bytes:
    """The same blocks with block info and serialization flags.

    Raises:
        EngineError: NOT_IMPLEMENTED for a column type whose length cannot be told from its data (JSON, Dynamic,
            Variant, aggregate states).
    """
    out = bytearray()
    at = 0
    while at < len(blocks):
        out += _BLOCK_INFO
        start = at
        columns, at = _varint(blocks, at)
        rows, at = _varint(blocks, at)
        for _ in range(columns):
            _, at = _string(blocks, at)
            kind, at = _string(blocks, at)
            out += blocks[start:at] + _PLAIN
            start = at
            if rows:
                at = _skip_data(blocks, _skip_prefix(at, kind), kind, rows)
        out += blocks[start:at]
    return bytes(out)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _string(data: bytes, at: int) -> tuple[str, int]:
    size, at = _varint(data, at)
    return data[at : at + size].decode(), at + size


def _uint64(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def split_arguments(text: str) -> list[str]:
    """The arguments of a type, split at the commas outside of brackets and quotes."""
    parts, depth, quote, start = [], 0, "", 0
    skip = False
    for index, sign in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip = sign == "\\"
            quote = "" if sign == quote else quote
        elif sign in "'`":
            quote = sign
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif sign == "," and not depth:
            parts.append(text[start:index].strip())
            start = index + 1
    return [*parts, text[start:].strip()] if text.strip() else []


def _parse(kind: str) -> tuple[str, list[str]]:
    """A type as its family and the types (or numbers) inside; geo types and Nested as what they are stored as."""
    kind = _GEO.get(kind, kind)
    found = _TYPE.match(kind)
    if found is None:
        raise not_implemented(f"Cannot frame a Native column of type {kind} for client_protocol_version")
    family, inside = found.group(1), split_arguments(found.group(2) or "")
    if family in ("Tuple", "Nested"):
        inside = [_NAMED.sub("", part, count=1) if _NAMED.match(part) else part for part in inside]
    if family == "Nested":
        return "Array", [f"Tuple({', '.join(inside)})"]
    if family == "Map":
        return "Array", [f"Tuple({', '.join(inside)})"]
    if family == "SimpleAggregateFunction":
        return _parse(inside[1])
    return family, inside


def _skip_prefix(at: int, kind: str) -> int:
    """Past the serialization versions that stand before the data: one per LowCardinality inside the type."""
    family, inside = _parse(kind)
    if family == "LowCardinality":
        return at + 8
    if family in ("Array", "Nullable", "Tuple"):
        for part in inside:
            at = _skip_prefix(at, part)
    return at


def _skip_data(data: bytes, at: int, kind: str, rows: int) -> int:
    """Past `rows` values of a type."""
    family, inside = _parse(kind)
    if family in _WIDTH or family.startswith("Interval"):
        return at + rows * _WIDTH.get(family, 8)
    if family == "Decimal":
        digits = int(inside[0])
        return at + rows * (4 if digits < 10 else 8 if digits < 19 else 16 if digits < 39 else 32)
    if family == "FixedString":
        return at + rows * int(inside[0])
    if family == "String":
        for _ in range(rows):
            size, at = _varint(data, at)
            at += size
        return at
    if family == "Nullable":
        return _skip_data(data, at + rows, inside[0], rows)
    if family == "Array":
        end = at + rows * 8
        count = _uint64(data, end - 8) if rows else 0
        return _skip_data(data, end, inside[0], count) if count else end
    if family == "Tuple":
        for part in inside:
            at = _skip_data(data, at, part, rows)
        return at if inside else at + rows
    if family == "LowCardinality":
        return _skip_dictionary(data, at, inside[0])
    raise not_implemented(f"Cannot frame a Native column of type {kind} for client_protocol_version; cast it to String")


def _skip_dictionary(data: bytes, at: int, kind: str) -> int:
    """Past a LowCardinality column: flags, its dictionary, its indexes."""
    flags = _uint64(data, at)
    at += 8
    family, inside = _parse(kind)
    stored = inside[0] if family == "Nullable" else kind
    if flags & 0x200:  # the block's own keys
        keys = _uint64(data, at)
        at = _skip_data(data, at + 8, stored, keys)
    indexes = _uint64(data, at)
    return at + 8 + indexes * (1 << (flags & 0xFF))
