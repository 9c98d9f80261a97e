"""Who may come in, and as what. Pure.

Passwords are known as their SHA-256 only. The user `default` needs none unless it is given one.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from deploy.embedded.clickhouse.errors import EngineError
from schemas.errors import ConfigError

Role = Literal["owner", "reader", "board"]
_ROLES: dict[str, Role] = {"owner": "owner", "readonly": "reader", "views": "board"}
_FIX = "Write NAME:SHA256:readonly, NAME:SHA256:views, NAME:SHA256:owner, or env:VARIABLE in place of SHA256"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One user; `sha256` is the lower-case hex digest of the password, empty for no password."""

    name: str
    sha256: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a request gave; `given` is False when it gave nothing at all."""

    name: str
    password: str
    given: bool


DEFAULT = User(name="default", sha256="", role="owner")


def parse_users(lines: Iterable[str], environ: Mapping[str, str]) -> dict[str, User]:
    """Users by name from `NAME:SHA256:ROLE` lines; empty lines and lines starting with # are skipped.

    Raises:
        ConfigError: a line that is not of that form, without its secret.
    """
    users = {DEFAULT.name: DEFAULT}
    for number, line in enumerate(lines, start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, _, rest = line.partition(":")
        secret, _, role = rest.rpartition(":")
        where = f"user {number} ({name or 'without a name'})"
        if not name or role not in _ROLES:
            raise ConfigError("the user is not of the form NAME:SHA256:ROLE", where=where, fix=_FIX)
        users[name] = User(name=name, sha256=_digest(secret, environ, where), role=_ROLES[role])
    return users


def _digest(secret: str, environ: Mapping[str, str], where: str) -> str:
    if secret.startswith("env:"):
        variable = secret.removeprefix("env:")
        password = environ.get(variable)
        if not password:
            raise ConfigError(f"the environment variable {variable} is not set or empty", where=where, fix=_FIX)
        return hashlib.sha256(password.encode()).hexdigest()
    if len(secret) != 64 or not set(secret.lower()) <= set("0123456789abcdef"):
        raise ConfigError("the password is not given as 64 hexadecimal digits of its SHA-256", where=where, fix=_FIX)
    return secret.lower()


def authenticate(users: Mapping[str, User], credentials: Credentials) -> User:
    """The user these credentials belong to.

    Raises:
        EngineError: REQUIRED_PASSWORD when nothing was given and `default` has a password, AUTHENTICATION_FAILED
            otherwise; an unknown name and a wrong password cannot be told apart.
    """
    user = users.get(credentials.name)
    digest = hashlib.sha256(credentials.password.encode()).hexdigest()
    expected = user.sha256 if user else ""
    if user and (not expected or hmac.compare_digest(digest, expected)):
        return user
    if not credentials.given:
        raise EngineError(194, "REQUIRED_PASSWORD", f"{credentials.name}: Authentication failed: password is required")
    raise EngineError(
        516,
        "AUTHENTICATION_FAILED",
        f"{credentials.name}: Authentication failed: password is incorrect, or there is no user with such name",
    )
