"""Times as a table or an API writes them: in a zone of their own, in the declared one, or counted."""

from datetime import UTC, datetime

import pytest

from connectors.mapped import Mapping, moment
from schemas.errors import Malformed

EIGHT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "mapping"),
    [
        pytest.param("2026-11-03T09:00:00", Mapping(zone="Europe/Paris"), id="in the declared zone"),
        pytest.param("2026-11-03T03:00:00-05:00", Mapping(zone="Europe/Paris"), id="a zone of its own goes before"),
        pytest.param("03/11/2026 09:00", Mapping(time="%d/%m/%Y %H:%M", zone="Europe/Paris"), id="another form"),
        pytest.param("1793692800", Mapping(time="unix"), id="seconds, as text"),
        pytest.param(1793692800, Mapping(time="unix"), id="seconds"),
        pytest.param(1793692800000, Mapping(time="unix_ms"), id="milliseconds"),
        pytest.param("Tue, 03 Nov 2026 09:00:00 +0100", Mapping(time="rfc822"), id="as mails write it"),
    ],
)
def test_a_time_is_read_as_the_settings_say(written: object, mapping: Mapping):
    assert moment(written, mapping) == EIGHT


def test_a_time_without_a_zone_is_never_guessed():
    with pytest.raises(Malformed):
        moment("2026-11-03T09:00:00", Mapping())
