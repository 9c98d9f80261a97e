"""Signed links: who may act on which alert, in the link itself. Nobody can make one without the secret.

A link is a capability: whoever has it acts in the name it holds, until it expires. So each addressee gets their own,
and it leads to a page that asks; only a button on that page acts, since programs open links to preview them.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

import msgspec
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer
from msgspec import Struct

from schemas.alert import Alert
from schemas.errors import ConfigError, VigieError
from schemas.event import Identifier
from schemas.settings import Actions

PATH = "/a/"
SHORTEST_SECRET = 16


class Grant(
    Struct, frozen=True, kw_only=True, rename={"alert_id": "a", "conversation_id": "c", "turn": "t", "by": "b"}
):
    """What a link allows: `by` may act on this alert, and reads this language."""

    alert_id: Identifier
    conversation_id: Identifier
    turn: int
    by: str
    language: Literal["en", "fr"] = "en"


class NotSigned(VigieError):
    """The token is none of ours, or was changed."""


class Expired(VigieError):
    """The token was ours, and is too old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Makes links and reads them. Of several secrets the first signs, and each is accepted."""

    base_url: str
    secrets: tuple[str, ...]
    lifetime_s: float

    def link(self, alert: Alert, *, by: str, language: str) -> str:
        """The address of the page on which `by` may act on this alert."""
        grant = Grant(
            alert_id=alert.alert_id,
            conversation_id=alert.conversation_id,
            turn=alert.turn,
            by=by,
            language="fr" if language == "fr" else "en",
        )
        return f"{self.base_url}{PATH}{self.token(grant)}"

    def token(self, grant: Grant) -> str:
        """The grant, signed."""
        return str(self._serializer().dumps(msgspec.to_builtins(grant)))

    def read(self, token: str) -> Grant:
        """What a token allows.

        Raises:
            Expired: it is too old.
            NotSigned: it is not ours.
        """
        try:
            return msgspec.convert(self._serializer().loads(token, max_age=int(self.lifetime_s)), Grant)
        except SignatureExpired:
            raise Expired("the link has expired", fix="Open a newer message, or use `vigie alerts`.") from None
        except (BadData, msgspec.ValidationError):
            raise NotSigned("the link is not valid", fix="Open it from the message again, whole.") from None

    def _serializer(self) -> URLSafeTimedSerializer:
        oldest_first = list(reversed(self.secrets))
        return URLSafeTimedSerializer(
            oldest_first,
            salt="vigie.actions.v1",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )


def links_of(settings: Actions) -> Links | None:
    """What makes the links of messages; None when no address is set for them.

    Raises:
        ConfigError: there is an address and no secret, or one that is too short, or the address is open to listeners.
    """
    if not settings.base_url:
        return None
    wrong = []
    secrets = tuple(settings.secret.reveal().split())
    if not secrets or any(len(secret) < SHORTEST_SECRET for secret in secrets):
        wrong.append(
            "actions.base_url is set, and VIGIE_ACTIONS__SECRET (environment) is not, or is shorter than "
            f"{SHORTEST_SECRET} characters; make one with: openssl rand -hex 32"
        )
    local = settings.base_url.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))
    if not settings.base_url.startswith("https://") and not local:
        wrong.append(
            f"actions.base_url holds {settings.base_url!r}, which can be read on the way; write an https:// address"
        )
    if wrong:
        raise ConfigError("\n  ".join(["these settings are wrong:", *wrong]), where="vigie.toml")
    return Links(base_url=settings.base_url.rstrip("/"), secrets=secrets, lifetime_s=settings.link_lifetime)
