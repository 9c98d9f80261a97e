"""The token that Apple asks for."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from connectors.networks.appstoreconnect import _token
from schemas.errors import ConfigError
from schemas.units import Secret
from tests.support.networks import folders

FOLDER = next(folder for folder in folders() if folder.network == "appstoreconnect")
NOW = datetime(2026, 11, 3, 8, 14, 5, tzinfo=UTC)


def opened(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_the_token_is_signed_as_apple_asks():
    source = FOLDER.source()
    head, claims, signature = _token(source, NOW).split(".")

    assert json.loads(opened(head)) == {"alg": "ES256", "kid": "KEYOFATEST", "typ": "JWT"}
    told: dict[str, Any] = json.loads(opened(claims))
    assert (told["iss"], told["aud"], told["iat"]) == ("issuer-of-a-test", "appstoreconnect-v1", 1793693645)
    assert 0 < told["exp"] - told["iat"] <= 20 * 60
    numbers = opened(signature)
    assert len(numbers) == 64
    key = load_pem_private_key(source.secret("APPSTORE_PRIVATE_KEY").encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    given = encode_dss_signature(int.from_bytes(numbers[:32], "big"), int.from_bytes(numbers[32:], "big"))
    key.public_key().verify(given, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))


def test_another_text_than_the_key_is_refused_and_not_repeated():
    source = FOLDER.source()
    wrong = replace(source, secrets={**source.secrets, "APPSTORE_PRIVATE_KEY": Secret("not the key")})

    with pytest.raises(ConfigError) as caught:
        _token(wrong, NOW)
    assert "not the key" not in str(caught.value).replace("is not the key that Apple gave", "")
