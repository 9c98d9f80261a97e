"""What a message says, in Grafana's template language: one group of templates in English, one in French. Pure.

A message holds what somebody needs at night: how many alerts, each with its sentence (brand, network, figure), how bad
it is, since when, and links to the panel, to the runbook, and to silence it.
"""

import re
from collections.abc import Mapping

from deploy.grafana.said import Language

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "critical": "CRITICAL",
        "warning": "Warning",
        "over": "Over",
        "alerts": "alerts",
        "alerts are over": "alerts are over",
        "since": "Since",
        "until": "Over at",
        "panel": "Board",
        "runbook": "What to do",
        "silence": "Silence",
        "instant": "2 January 15:04 MST",  # how Go writes a format: by an example
        ":": ":",
    },
    "fr": {
        "critical": "CRITIQUE",
        "warning": "Avertissement",
        "over": "Terminé",
        "alerts": "alertes",
        "alerts are over": "alertes terminées",
        "since": "Depuis le",
        "until": "Terminé le",
        "panel": "Tableau",
        "runbook": "Que faire",
        "silence": "Mettre en sourdine",
        "instant": "02/01 15:04 MST",
        ":": "\u00a0:",
    },
}
_GROUP = """\
{{ define "<name>.title" -}}
{{ if .Alerts.Firing -}}
{{ if eq .CommonLabels.severity "critical" }}<critical>{{ else }}<warning>{{ end }}<:> {{/**/ -}}
{{ if eq (len .Alerts.Firing) 1 }}{{ range .Alerts.Firing }}{{ .Annotations.summary_<language> }}{{ end }}
{{- else }}{{ len .Alerts.Firing }} <alerts>, {{ .GroupLabels.alertname }}{{ end }}
{{- else -}}
<over><:> {{ if gt (len .Alerts.Resolved) 1 }}{{ len .Alerts.Resolved }} <alerts are over>, {{ end }}
{{- .GroupLabels.alertname }}
{{- end }}
{{- end }}

{{ define "<name>.message" -}}
{{ range .Alerts.Firing }}{{ template "<name>.firing" . }}{{ end -}}
{{ range .Alerts.Resolved }}{{ template "<name>.over" . }}{{ end }}
{{- end }}

{{ define "<name>.firing" -}}
{{ if eq .Labels.severity "critical" }}<critical>{{ else }}<warning>{{ end }}<:> {{ .Annotations.summary_<language> }}
{{ .Annotations.description_<language> }}
<since> {{ .StartsAt | tz "<time zone>" | date "<instant>" }}
{{ if .PanelURL }}<panel><:> {{ .PanelURL }}
{{ end }}{{ if .Annotations.runbook_url }}<runbook><:> {{ .Annotations.runbook_url }}
{{ else if .Annotations.runbook }}<runbook><:> {{ .Annotations.runbook }}
{{ end }}<silence><:> {{ .SilenceURL }}

{{ end }}

{{ define "<name>.over" -}}
<over><:> {{ .Labels.alertname }}{{ if .Labels.brand }}, {{ .Labels.brand }}{{ end }}
{{- if .Labels.network }}, {{ .Labels.network }}{{ end }}
<since> {{ .StartsAt | tz "<time zone>" | date "<instant>" }}. {{/**/ -}}
<until> {{ .EndsAt | tz "<time zone>" | date "<instant>" }}

{{ end }}
"""


def name(language: Language) -> str:
    """The group of templates of a language, with `.title` and `.message` in it."""
    return f"vigie_{language}"


def templates(time_zone: str) -> dict[str, str]:
    """The groups of templates by name.

    Args:
        time_zone: on whose clock instants are told.
    """
    return {
        name(language): _filled({**words, "name": name(language), "language": language, "time zone": time_zone})
        for language, words in _WORDS.items()
    }


def _filled(words: Mapping[str, str]) -> str:
    return re.sub(r"<([a-z :]+)>", lambda place: words[place[1]], _GROUP)
