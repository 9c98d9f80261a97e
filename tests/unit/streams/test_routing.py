"""Which alerts are told where, and what is said of routes and channels that cannot be right."""

from typing import Any

import msgspec
import pytest

from schemas.calendar import CalendarSettings
from schemas.errors import ConfigError
from schemas.policy import EscalationStep, ResponsePolicy
from schemas.settings import Channel, Notify, Settings
from schemas.units import PositiveDuration, Secret
from streams.calendars import build
from streams.channels import problems
from streams.instants import to_ms
from streams.routing import refusal, routing
from tests.support.builders import DAY, at, make_alert
from tests.support.notices import make_route, make_routing, make_settings


def wrong(settings: Settings) -> list[str]:
    with pytest.raises(ConfigError) as error:
        routing(settings, {})
    return str(error.value).rstrip(".").split("\n  ")[1:]


@pytest.mark.parametrize(
    ("match", "alert"),
    [
        pytest.param({"levels": ("breach",)}, make_alert("breach"), id="level"),
        pytest.param({"priorities": ("urgent",)}, make_alert(priority="urgent"), id="priority"),
        pytest.param({"policies": ("vip",)}, make_alert(policy="vip"), id="policy"),
        pytest.param({"networks": ("x",)}, make_alert(network="x"), id="network"),
        pytest.param({"brands": ("boreal",)}, make_alert(brand="boreal"), id="brand"),
        pytest.param({"languages": ("fr",)}, make_alert(language="fr"), id="language"),
        pytest.param({"owners": ("Ada",)}, make_alert(owner="Ada"), id="owner"),
        pytest.param({"to": ("Nora",)}, make_alert("delegation", to="Nora"), id="addressee"),
        pytest.param({"watches": ("share",)}, make_alert("watch", watch="share"), id="watch"),
    ],
)
def test_a_route_takes_what_meets_its_condition_and_nothing_else(match: dict[str, Any], alert):
    other = make_alert("warning_75", priority="low", policy="p", network="n", brand="b", language="l")

    assert refusal(make_route(**match).match, alert) == ""
    assert refusal(make_route(**match).match, other) == next(iter(match))


def test_of_the_routes_the_first_that_takes_an_alert_holds():
    known = make_routing(make_route("urgent", "boss", priorities=("urgent",)), make_route("rest", "care", "boss"))

    routes = [known.route(make_alert(priority=priority)) for priority in ("urgent", "low")]

    assert [route.name for route in routes if route] == ["urgent", "rest"]
    assert [target.name for target in known.targets_of(routes[1])] == ["boss", "care"]


def test_without_routes_the_levels_of_the_settings_go_to_every_channel():
    known = routing(make_settings(), {})

    assert known.route(make_alert("warning_50")) is None
    assert [target.name for target in known.targets_of(known.route(make_alert("breach")))] == ["boss", "care"]


def test_the_addresses_of_the_default_channel_fail_and_hold_each_by_themselves():
    known = routing(Settings(notify=Notify(urls=Secret("json://a json://b"))), {})

    assert list(known.targets) == ["default", "default.2"]


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [
        pytest.param("21:59:59", False, id="just before"),
        pytest.param("22:00", True, id="at its begin"),
        pytest.param("03:00", True, id="after midnight"),
        pytest.param("07:00", False, id="at its end"),
    ],
)
def test_quiet_hours_are_read_on_the_clock_of_their_zone(clock: str, quiet: bool):
    channel = Channel(name="care", quiet_hours=("mon-sun 22:00-07:00+1",), time_zone="UTC")

    target = make_routing(channels=(channel,)).targets["care"]

    assert target.is_quiet(to_ms(at(clock))) is quiet


def test_a_channel_is_quiet_outside_of_the_hours_of_its_calendar():
    hours = CalendarSettings(name="support", time_zone="Europe/Paris", hours=("mon-fri 09:00-17:00",))
    channel = Channel(name="care", quiet_outside="support")
    settings = make_settings(make_route(), channels=(channel,))

    target = routing(settings, build([hours], lambda _: b"").calendars).targets["care"]

    assert [target.is_quiet(to_ms(at(clock, day=DAY))) for clock in ("07:59", "08:00", "16:00")] == [True, False, True]


def policy(**fields: Any) -> ResponsePolicy:
    hour = PositiveDuration(3600)
    return ResponsePolicy(**{"name": "default", "first": hour, "next": hour, **fields})


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        pytest.param(
            make_settings(make_route("r", "caer")),
            "routes[0].channels holds 'caer', which is no channel; did you mean 'care'?; "
            "to add it set VIGIE_NOTIFY__CHANNELS__CAER",
            id="unknown channel",
        ),
        pytest.param(
            make_settings(make_route("r", "default"), addresses={}),
            "routes[0].channels holds 'default', which is no channel; there are none; to add it set VIGIE_NOTIFY__URLS",
            id="no channel at all",
        ),
        pytest.param(
            make_settings(make_route(), channels=(Channel(name="night"),)),
            "channels[0].name holds 'night', which has no address; "
            "set VIGIE_NOTIFY__CHANNELS__NIGHT in the environment",
            id="channel without address",
        ),
        pytest.param(
            make_settings(make_route(), channels=(Channel(name="care", quiet_outside="supprt"),)),
            "channels[0].quiet_outside holds 'supprt', which is no calendar; there are none",
            id="unknown calendar",
        ),
        pytest.param(
            make_settings(make_route(), channels=(Channel(name="care", quiet_hours=("mon 22:00-07:00+1",)),)),
            'channels[0].quiet_hours needs a clock; add time_zone, such as "Europe/Paris"',
            id="hours without a clock",
        ),
        pytest.param(
            make_settings(
                make_route(), channels=(Channel(name="care", quiet_hours=("mon 22:00-07:00",), time_zone="UTC"),)
            ),
            "channels[0].quiet_hours[0] holds 'mon 22:00-07:00', where '22:00-07:00' does not end after it starts; "
            "write 22:00-07:00+1 if it ends on the next day, else correct the two times",
            id="hours that do not end",
        ),
        pytest.param(
            make_settings(make_route("r", policies=("vpi",))),
            "routes[0].match.policies holds 'vpi', which is no policy; there are default",
            id="unknown policy",
        ),
        pytest.param(
            make_settings(make_route("wide", networks=("x", "y")), make_route("narrow", networks=("x",))),
            "routes[1] can take no alert: routes[0] ('wide') takes all of them before; "
            "put the narrower route first, or take one away",
            id="shadowed",
        ),
        pytest.param(
            make_settings(make_route("r", levels=("escalation",))),
            "routes[0].match.levels holds ['escalation'], which no policy fires; add it to warnings or escalation",
            id="a level that never fires",
        ),
        pytest.param(
            make_settings(make_route("r", levels=("breach",), watches=("share",))),
            "routes[0].match can hold for no alert: only the level 'watch' has watches; add it to levels",
            id="watches of another level",
        ),
        pytest.param(
            make_settings(make_route("r", levels=("watch",), policies=("default",))),
            "routes[0].match can hold for no alert: an alert of a watch has no policy; take policies or levels away",
            id="policies of a watch",
        ),
        pytest.param(
            make_settings(make_route("r", levels=("breach",)), make_route("r")),
            "routes[1].name holds 'r', the name of routes[0]; give each its own name",
            id="a name twice",
        ),
        pytest.param(
            make_settings(
                make_route("r"), urls=Secret("json://a"), addresses={"care": "json://b", "default": "json://c"}
            ),
            "VIGIE_NOTIFY__URLS and VIGIE_NOTIFY__CHANNELS__DEFAULT (environment) are one channel; keep one",
            id="the default channel twice",
        ),
    ],
)
def test_what_cannot_be_right_is_said_with_its_place_and_its_repair(settings: Settings, says: str):
    assert says in wrong(settings)


def test_a_route_after_a_wider_one_of_other_conditions_is_reachable():
    settings = make_settings(make_route("a", networks=("x",)), make_route("b", levels=("breach",)), make_route("c"))

    assert [route.name for route in routing(settings, {}).routes] == ["a", "b", "c"]


def test_an_address_that_apprise_does_not_know_is_named_by_its_variable_and_never_shown(caplog):
    known = routing(make_settings(make_route(), addresses={"care": "json://127.0.0.1 slakc://T0/B0/s3cret"}), {})

    (fault,) = problems(known.targets.values())

    assert fault.startswith("VIGIE_NOTIFY__CHANNELS__CARE (environment) holds at place 2 no address that Apprise knows")
    assert "s3cret" not in fault + caplog.text


def test_levels_that_some_policy_fires_can_be_routed():
    steps = (EscalationStep(after=PositiveDuration(60), to="head"),)
    settings = make_settings(make_route("r", levels=("escalation",)))

    assert routing(msgspec.structs.replace(settings, policies=(policy(escalation=steps),)), {}).routes


def test_the_secret_address_is_in_no_text_of_a_target():
    assert "json" not in repr(make_routing().targets["care"])
