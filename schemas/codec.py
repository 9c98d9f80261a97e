"""Bytes to structs and back: the only place where a message is encoded or decoded.

JSON on the wire, so that `kcat` and every other language can read it. Decoding validates. Chosen by
`tests/bench/bench_codec.py`: msgspec decodes an event several times faster than `json` with checks.
"""

import re
from typing import TypeVar

import msgspec

from schemas.errors import DecodeError
from schemas.units import Duration

T = TypeVar("T", bound=msgspec.Struct)

_VALUE = re.compile(r"Invalid enum value .*?(?= - at `|$)", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_DECODERS: dict[type[msgspec.Struct], msgspec.json.Decoder[msgspec.Struct]] = {}


def plain(value: object) -> object:
    """What stands on the wire for a value that JSON does not know: a duration as its seconds."""
    if isinstance(value, Duration):
        return float(value)
    raise TypeError(f"a {type(value).__name__} has no JSON form")


def json_schema(kind: type[msgspec.Struct]) -> dict[str, object]:
    """The JSON Schema of a message."""
    return msgspec.json.schema(kind, schema_hook=_schema)


def _schema(kind: type) -> dict[str, object]:
    if issubclass(kind, Duration):
        return {"type": "number", "minimum": 0, "description": "seconds"}
    raise NotImplementedError


def _from_plain(kind: type, value: object) -> object:
    if issubclass(kind, Duration) and isinstance(value, int | float):
        return kind(value)
    raise ValueError(f"a {kind.__name__} is a number of seconds")


_ENCODER = msgspec.json.Encoder(enc_hook=plain)


def encode(message: msgspec.Struct) -> bytes:
    """One message as UTF-8 JSON without line breaks. Lone surrogates in a text become U+FFFD: Kafka takes bytes."""
    try:
        return _ENCODER.encode(message)
    except UnicodeEncodeError:
        return _ENCODER.encode(_without_surrogates(message))


def decode(payload: bytes, kind: type[T], *, where: str = "") -> T:
    """One message from its bytes; unknown fields are ignored, since the producer may be newer.

    Raises:
        DecodeError: the bytes are not this schema. The message names the path, never the value.
    """
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(kind, dec_hook=_from_plain)
    try:
        return decoder.decode(payload)  # type: ignore[return-value]  # the table maps each type to its decoder
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        reason = _VALUE.sub("Invalid value", str(error))  # msgspec shows the value of an unknown choice
        raise DecodeError(
            f"the bytes are not of type {kind.__name__}: {reason}",
            where=where,
            fix="Publish messages that follow `vigie schema export`.",
        ) from None


def _without_surrogates(message: msgspec.Struct) -> object:
    def clean(value: object) -> object:
        if isinstance(value, str):
            return _SURROGATE.sub("\ufffd", value)
        if isinstance(value, dict):
            return {clean(key): clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [clean(item) for item in value]
        return value

    return clean(msgspec.to_builtins(message, enc_hook=_raw))


def _raw(value: object) -> object:
    """A vendor's payload as plain values; the rest as `plain` does."""
    return msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else plain(value)
