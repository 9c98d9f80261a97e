"""What was told: the breaches that went to a channel, and what the watches saw. Compared where it is certain.

Whether somebody is told of a breach that is answered soon after depends on how fast the replay runs. A breach that
nobody ever answered must be told, whatever happens. A message may come twice, its entry in the log may not.

In a replay, watches take twenty seconds without a word for the end of the history. A fault that stops everything for
longer lets them judge instants of which not all has come, so their alerts are shown and not compared.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.receiver import Receiver
from tests.support.stand import Stand
from tests.support.system import rows

_SETTINGS = """
[notify]
max_age = "36500d"                    # the load is of 2017
[[channels]]
name = "care"
group_above = 0
[[routes]]
name = "broken promises"
channels = ["care"]
match = { levels = ["breach"] }
"""
_FIGURES = {  # low enough for this load
    "share_within_target": 'window = "6h"\nmin_sample = 5\nfloor = 0.5',
    "p90": "min_sample = 5",
    "backlog": "limit = 45",
    "storm": "min_sample = 5",
    "silence": "",
}
_WATCHES = "".join(
    f'[[watches]]\nname = "{kind}"\nkind = "{kind}"\nmatch = {{ networks = ["x"] }}\n{figures}\n'  # not the canaries
    for kind, figures in _FIGURES.items()
)
_TOLD = """
SELECT alert_id, count() AS times FROM deliveries WHERE state IN ('sent', 'grouped') AND alert_id IN
(SELECT alert_id FROM alerts WHERE network = 'x' AND level = 'breach' AND state = 'firing')
GROUP BY alert_id ORDER BY alert_id
"""
_WATCHED = "SELECT alert_id, state, resolved_at FROM alerts WHERE level = 'watch' ORDER BY alert_id"
_STILL_S = 75.0  # watches wait 20 s for more, and then work out the windows of the last days at once
_LIMIT_S = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Alerts by how often they are in the log as told, and the alerts of the watches."""

    breaches: dict[str, int]
    watched: list[str]

    def differences(self, other: "Told") -> str:
        """What this one lacks or has beyond the other, in a line; empty when nothing is certainly wrong."""
        lost, beyond = set(other.breaches) - set(self.breaches), set(self.breaches) - set(other.breaches)
        doubled = [alert for alert, times in self.breaches.items() if times > 1]
        apart = len(set(self.watched) ^ set(other.watched))
        print(f"told: {len(self.breaches):,} breaches; watches: {len(self.watched)} alerts, {apart} differ", flush=True)
        if not (lost or beyond or doubled):
            return ""
        return f"told: {len(lost)} lost, {len(beyond)} beyond, {len(doubled)} doubled, such as {[*lost, *doubled][:2]}"


def configuration(folder: Path, server: Receiver) -> dict[str, str]:
    """The variables of a stack that tells this receiver of every broken promise."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "vigie.toml"
    file.write_text(_SETTINGS + _WATCHES)
    return {"VIGIE_CONFIG": str(file), "VIGIE_NOTIFY__CHANNELS__CARE": server.address("care")}


def told(stand: Stand) -> Told:
    """What is in the store by now."""
    breaches = {row["alert_id"]: int(row["times"]) for row in rows(stand.data_dir, _TOLD)}
    return Told(breaches=breaches, watched=[repr(row) for row in rows(stand.data_dir, _WATCHED)])


def told_at_last(stand: Stand, *, expected: Told | None = None) -> Told:
    """What is in the store once nothing more comes, or all that was expected."""
    begun = moved_at = time.monotonic()
    last = told(stand)
    while time.monotonic() - moved_at < _STILL_S and time.monotonic() - begun < _LIMIT_S and last != expected:
        time.sleep(2.0)
        found = told(stand)
        if found != last:
            last, moved_at = found, time.monotonic()
    return last
