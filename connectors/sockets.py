"""The only WebSocket client: one connection, read message by message, with errors of ours."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI, WebSocketException
from websockets.sync.client import connect

from connectors.faults import fault_of
from schemas.errors import Refused, Unavailable

OPEN_S = 15.0
TICK_S = 1.0
MAX_MESSAGE_BYTES = 4_194_304
MESSAGES_AHEAD = 1024


def dial(url: str, headers: Mapping[str, str], silence_s: float) -> Iterator[bytes | None]:
    """The messages of a WebSocket as bytes; None once a second when nothing came.

    Raises:
        Refused, Missing, Unavailable: it did not open, broke, or was silent for `silence_s`.
    """
    parts = urlsplit(url)
    where = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
    try:
        with connect(
            url,
            additional_headers=dict(headers),
            open_timeout=OPEN_S,
            close_timeout=2,
            max_size=MAX_MESSAGE_BYTES,
            max_queue=MESSAGES_AHEAD,
            compression=None,
        ) as socket:
            heard_at = time.monotonic()
            while True:
                try:
                    message = socket.recv(TICK_S, decode=False)
                except TimeoutError:
                    if time.monotonic() - heard_at > silence_s:
                        raise Unavailable(f"the stream was silent for {silence_s:.0f} s", where=where) from None
                    yield None
                    continue
                heard_at = time.monotonic()
                yield message if isinstance(message, bytes) else message.encode()
    except InvalidStatus as error:
        answer = error.response
        lowered = {name.lower(): value for name, value in answer.headers.raw_items()}
        raise fault_of(answer.status_code, lowered, where=where, now=datetime.now(UTC)) from None
    except InvalidURI:
        raise Refused("this is no address of a WebSocket", where=where, fix="Correct it in vigie.toml.") from None
    except (ConnectionClosed, InvalidHandshake, WebSocketException, OSError, TimeoutError) as error:
        raise Unavailable(f"the stream broke ({type(error).__name__})", where=where) from None
