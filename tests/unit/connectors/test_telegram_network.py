import httpx
import pytest

from connectors.run import read_once
from schemas.errors import Refused, Unavailable
from tests.support.networks import FakeNetwork, bench, folders

(FOLDER,) = [folder for folder in folders() if folder.network == "telegram"]


@pytest.mark.parametrize(
    ("status", "error"), [(400, Refused), (401, Refused), (404, Refused), (409, Refused), (500, Unavailable)]
)
def test_the_token_in_the_address_is_in_no_error(status: int, error: type[Exception], tmp_path):
    network = FakeNetwork(FOLDER, before=[httpx.Response(status) for _ in range(5)])
    reading = bench(FOLDER, tmp_path / "memory.sqlite", network=network)

    with pytest.raises(error) as caught:
        read_once(reading.job, reading.desk, reading.publisher, stream=False)

    assert "token-of-a-test" in network.asked[0]
    assert "token-of-a-test" not in str(caught.value)
