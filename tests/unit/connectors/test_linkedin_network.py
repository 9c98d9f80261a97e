"""LinkedIn: its signature in both spellings, and what its refusals mean."""

import pytest

from connectors.base import Request
from connectors.http import Answer
from connectors.networks import linkedin
from schemas.errors import Refused, Unavailable
from tests.support.networks import NOW, folders

FOLDER = next(folder for folder in folders() if folder.network == "linkedin")


@pytest.mark.parametrize("prefix", ["", "hmacsha256="])
def test_linkedin_is_believed_with_and_without_the_prefix_in_its_header(prefix: str):
    body, headers, _ = FOLDER.signer()(b'{"notifications":[]}', FOLDER.set_up["secrets"], NOW)
    signed = {"x-li-signature": prefix + headers["x-li-signature"]}

    assert linkedin.verify(
        Request(method="POST", query={}, headers=signed, body=body, received_at=NOW), FOLDER.source()
    )


def test_linkedin_says_that_a_version_has_ended_and_that_a_day_is_used_up():
    ended = linkedin.judge(Answer(status=426, headers={}, body=b"{}", where="x"))
    used_up = linkedin.judge(Answer(status=429, headers={}, body=b"{}", where="x"))

    assert isinstance(ended, Refused)
    assert "version" in str(ended)
    assert isinstance(used_up, Unavailable)
    assert used_up.retry_after_s == 3_600.0
