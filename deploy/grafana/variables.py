"""The variables of the boards, by name: each a query over the views, for all or several values. Pure.

Their values are those of the 31 days before the end of the period, so that opening a board over two years does not read
two years to fill a menu.
"""

from collections.abc import Mapping
from typing import Any

from deploy.grafana import terms
from deploy.grafana.datasource import reference
from deploy.grafana.macros import ALL
from deploy.grafana.said import Language, Said, spoken
from deploy.grafana.sources import turns_between

_TITLES: Mapping[str, Said] = {
    "brand": Said(en="Brand", fr="Marque"),
    "network": Said(en="Network", fr="Réseau"),
    "language": Said(en="Language", fr="Langue"),
    "priority": Said(en="Priority", fr="Priorité"),
}
_EVERYTHING = Said(en="All", fr="Tout")
_RECENT_EVENTS = "event_findings WHERE created_at >= $__toTime - INTERVAL 31 DAY AND created_at <= $__toTime"
_RECENT_TURNS = turns_between("$__toTime - INTERVAL 31 DAY", "$__toTime")


def variable(name: str, language: Language) -> dict[str, Any]:
    """As Grafana keeps it. The values are codes of the store, what is shown of them is in the reader's language."""
    sql = _QUERIES[name](language)
    shown = spoken(_EVERYTHING, language)
    return {
        "type": "query",
        "name": name,
        "label": spoken(_TITLES[name], language),
        "datasource": reference(),
        "query": sql,
        "definition": sql,
        "refresh": 1,  # when the board is opened
        "sort": 0,
        "multi": True,
        "includeAll": True,
        "allowCustomValue": False,
        "hide": 0,
        "skipUrlSync": False,
        "regex": "",
        "options": [],
        "current": {"selected": True, "text": [shown], "value": [ALL]},
    }


def _brands(_: Language) -> str:
    return f"SELECT DISTINCT toString(brand) AS value FROM {_RECENT_EVENTS} AND brand != '' ORDER BY value"


def _networks(language: Language) -> str:
    return _labelled("network", _RECENT_EVENTS, terms.NETWORK_NAMES, language)


def _languages(language: Language) -> str:
    return _labelled("language", f"{_RECENT_EVENTS} AND author_role = 'customer'", terms.TONGUES, language)


def _priorities(language: Language) -> str:
    return _labelled("priority", _RECENT_TURNS, terms.PRIORITIES, language)


_QUERIES = {"brand": _brands, "network": _networks, "language": _languages, "priority": _priorities}


def _labelled(column: str, source: str, known: terms.Terms, language: Language) -> str:
    """Value first, label second, as the data source reads two columns; a code without a word is its own label."""
    label = terms.in_sql("value", known, language)
    return f"SELECT DISTINCT toString({column}) AS value, {label} AS label\nFROM {source}\nORDER BY label"
