"""What a message says, in Grafana's template language: one group of templates in English, one in French. Pure.

A message holds what somebody needs at night: how many alerts, each with its sentence (brand, network, figure), how bad
it is, since when, and links to the panel, to the runbook, and to silence it.
"""

from dataclasses import dataclass

from deploy.grafana.said import LANGUAGES, Language


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    critical: str
    warning: str
    over: str
    several: str
    several_over: str
    since: str
    until: str
    panel: str
    runbook: str
    silence: str
    at: str
    colon: str


_WORDS: dict[Language, _Words] = {
    "en": _Words(
        critical="CRITICAL",
        warning="Warning",
        over="Over",
        several="alerts",
        several_over="alerts are over",
        since="Since",
        until="Over at",
        panel="Board",
        runbook="What to do",
        silence="Silence",
        at="2 January 15:04 MST",
        colon=": ",
    ),
    "fr": _Words(
        critical="CRITIQUE",
        warning="Avertissement",
        over="Terminé",
        several="alertes",
        several_over="alertes terminées",
        since="Depuis le",
        until="Terminé le",
        panel="Tableau",
        runbook="Que faire",
        silence="Mettre en sourdine",
        at="02/01 15:04 MST",
        colon=" : ",
    ),
}


def name(language: Language) -> str:
    """The group of templates of a language, with `.title` and `.message` in it."""
    return f"vigie_{language}"


def templates(time_zone: str) -> dict[str, str]:
    """The groups of templates by name.

    Args:
        time_zone: on whose clock instants are told.
    """
    return {name(language): _group(language, _WORDS[language], time_zone) for language in LANGUAGES}


def _group(language: Language, words: _Words, time_zone: str) -> str:
    ours, instant = name(language), f'tz "{time_zone}" | date "{words.at}"'
    return f"""\
{{{{ define "{ours}.title" -}}}}
{{{{ if .Alerts.Firing -}}}}
{{{{ if eq .CommonLabels.severity "critical" }}}}{words.critical}{{{{ else }}}}{words.warning}{{{{ end }}}}{words.colon}\
{{{{ if eq (len .Alerts.Firing) 1 }}}}{{{{ range .Alerts.Firing }}}}{{{{ .Annotations.summary_{language} }}}}{{{{ end }}}}\
{{{{ else }}}}{{{{ len .Alerts.Firing }}}} {words.several}, {{{{ .GroupLabels.alertname }}}}{{{{ end }}}}
{{{{- else -}}}}
{words.over}{words.colon}{{{{ if eq (len .Alerts.Resolved) 1 }}}}{{{{ .GroupLabels.alertname }}}}{{{{ else }}}}\
{{{{ len .Alerts.Resolved }}}} {words.several_over}, {{{{ .GroupLabels.alertname }}}}{{{{ end }}}}
{{{{- end }}}}
{{{{- end }}}}

{{{{ define "{ours}.message" -}}}}
{{{{ range .Alerts.Firing }}}}{{{{ template "{ours}.firing" . }}}}{{{{ end -}}}}
{{{{ range .Alerts.Resolved }}}}{{{{ template "{ours}.over" . }}}}{{{{ end }}}}
{{{{- end }}}}

{{{{ define "{ours}.firing" -}}}}
{{{{ if eq .Labels.severity "critical" }}}}{words.critical}{{{{ else }}}}{words.warning}{{{{ end }}}}{words.colon}\
{{{{ .Annotations.summary_{language} }}}}
{{{{ .Annotations.description_{language} }}}}
{words.since} {{{{ .StartsAt | {instant} }}}}
{{{{ if .PanelURL }}}}{words.panel}{words.colon}{{{{ .PanelURL }}}}
{{{{ end }}}}{{{{ if .Annotations.runbook_url }}}}{words.runbook}{words.colon}{{{{ .Annotations.runbook_url }}}}
{{{{ else if .Annotations.runbook }}}}{words.runbook}{words.colon}{{{{ .Annotations.runbook }}}}
{{{{ end }}}}{words.silence}{words.colon}{{{{ .SilenceURL }}}}

{{{{ end }}}}

{{{{ define "{ours}.over" -}}}}
{words.over}{words.colon}{{{{ .Labels.alertname }}}}{{{{ if .Labels.brand }}}}, {{{{ .Labels.brand }}}}{{{{ end }}}}\
{{{{ if .Labels.network }}}}, {{{{ .Labels.network }}}}{{{{ end }}}}
{words.since} {{{{ .StartsAt | {instant} }}}}. {words.until} {{{{ .EndsAt | {instant} }}}}

{{{{ end }}}}
"""
