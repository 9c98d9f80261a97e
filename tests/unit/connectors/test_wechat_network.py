import base64
import hashlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from connectors.base import Request, Source
from connectors.networks.wechat import challenge, split, unseal, verify
from schemas.errors import Malformed
from schemas.units import Secret

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_ID = "wx0123456789abcdef"
CLEAR = "<xml><FromUserName>oPilar</FromUserName><CreateTime>1793693645</CreateTime><Content>盖子裂了</Content></xml>"
SECURE = Source(
    network="wechat",
    name="wechat",
    since=NOW,
    options={"app_id": APP_ID},
    secrets={"WECHAT_TOKEN": Secret("token"), "WECHAT_AES_KEY": Secret(KEY)},
)


def sealed(clear: bytes, *, app_id: str = APP_ID, key: str = KEY) -> str:
    secret = base64.b64decode(f"{key}=")
    body = b"r" * 16 + len(clear).to_bytes(4, "big") + clear + app_id.encode()
    padding = 32 - len(body) % 32
    encryptor = Cipher(AES(secret), CBC(secret[:16])).encryptor()
    return base64.b64encode(encryptor.update(body + bytes([padding]) * padding) + encryptor.finalize()).decode()


def delivery(encrypt: str, *, at: datetime = NOW, token: str = "token") -> Request:
    timestamp, nonce = str(int(at.timestamp())), "99"
    signature = hashlib.sha1("".join(sorted((token, timestamp, nonce))).encode()).hexdigest()
    sealed_signature = hashlib.sha1("".join(sorted((token, timestamp, nonce, encrypt))).encode()).hexdigest()
    query = {"signature": signature, "msg_signature": sealed_signature, "timestamp": timestamp, "nonce": nonce}
    body = f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>".encode()
    return Request(method="POST", query=query | {"encrypt_type": "aes"}, headers={}, body=body, received_at=NOW)


def test_a_sealed_message_is_checked_and_opened():
    request = delivery(sealed(CLEAR.encode()))

    assert verify(request, SECURE)
    assert split(request.body, SECURE) == [
        {"FromUserName": "oPilar", "CreateTime": "1793693645", "Content": "盖子裂了"}
    ]


def test_a_published_example_of_the_vendor_is_opened():
    example = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="

    assert unseal(example, KEY, "wxb11529c136998cb6").decode() == "我是中文abcd123"


def test_with_a_key_a_body_in_clear_is_refused_whatever_its_query_says():
    request = delivery(sealed(CLEAR.encode()))
    plain = Request(method="POST", query=request.query, headers={}, body=CLEAR.encode(), received_at=NOW)

    assert not verify(plain, SECURE)


@pytest.mark.parametrize(
    "request_",
    [
        delivery(sealed(CLEAR.encode()), token="another"),
        delivery(sealed(CLEAR.encode()), at=datetime(2026, 11, 3, 8, 0, tzinfo=UTC)),
        delivery(""),
    ],
    ids=["another token", "an old call", "nothing sealed"],
)
def test_what_is_not_signed_now_by_the_account_is_refused(request_: Request):
    assert not verify(request_, SECURE)


@pytest.mark.parametrize(
    "encrypt",
    [
        sealed(CLEAR.encode(), app_id="wx-another"),
        sealed(CLEAR.encode(), key="Z" * 42 + "E"),
        base64.b64encode(b"short").decode(),
        "not base64",
        "",
    ],
)
def test_what_was_sealed_for_somebody_else_is_malformed(encrypt: str):
    with pytest.raises(Malformed):
        unseal(encrypt, KEY, APP_ID)


def test_a_post_is_no_challenge():
    assert challenge(delivery(sealed(b"")), SECURE) is None
