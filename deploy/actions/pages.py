"""The pages behind a signed link: plain HTML, without scripts, pictures and cookies, good for a screen reader."""

import base64
import hashlib
from datetime import datetime
from html import escape

from deploy.actions.decisions import SNOOZES, snooze_button
from deploy.actions.words import Words, words
from schemas.action import Action
from schemas.alert import Alert
from streams.links import Grant
from streams.words import message
from streams.words.facts import facts

_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:38rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;"
    "background:#fff}h1{font-size:1.3rem}p{margin:.6rem 0;overflow-wrap:anywhere}"
    "button{font:inherit;display:block;width:100%;padding:.7rem 1rem;margin:.5rem 0;border:2px solid #0b4f8a;"
    "border-radius:.4rem;background:#fff;color:#0b4f8a;cursor:pointer}button.first{background:#0b4f8a;color:#fff}"
    "button:focus-visible,a:focus-visible{outline:3px solid #c45500;outline-offset:2px}a{color:#0b4f8a}"
    "@media(prefers-color-scheme:dark){body{background:#141414;color:#eee}a{color:#8ec5ff}"
    "button{background:#141414;color:#8ec5ff;border-color:#8ec5ff}button.first{background:#8ec5ff;color:#141414}}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the address of the page is what allows to act
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
    "Server": "vigie",
}


def ask(grant: Grant, alert: Alert | None, *, now: datetime) -> str:
    """The page that shows an alert and asks what is to be done. Showing it changes nothing."""
    own = words(grant.language)
    lines = _facts(grant, alert, own, now)
    buttons = [
        ("acknowledge", own.acknowledge),
        ("assign", own.assign),
        *((snooze_button(now, length), _snooze(own, length.total_seconds())) for length in SNOOZES),
        ("close", own.close),
    ]
    form = "".join(
        f'<button name="do" value="{escape(value)}"{" class=first" if place == 0 else ""}>{escape(label)}</button>'
        for place, (value, label) in enumerate(buttons)
    )
    acting = escape(own.acting_as.format(by=grant.by))
    body = f'{lines}<p>{acting}</p><form method="post">{form}</form><p>{escape(own.effect)}</p>'
    return _page(own, own.title, body)


def done(grant: Grant, action: Action) -> str:
    """The page after a button was pressed."""
    own = words(grant.language)
    until = f"{action.until:%Y-%m-%d %H:%M}" if action.until else ""
    said = own.done[action.kind].format(by=action.by, until=until)
    return _page(own, own.done_title, f'<p role="status">{escape(said)}</p><p><a href="">{escape(own.back)}</a></p>')


def refuse(language: str, sentence: str) -> str:
    """The page that says why nothing was done."""
    own = words(language)
    return _page(own, own.sorry, f'<p role="alert">{escape(sentence)}</p>')


def _facts(grant: Grant, alert: Alert | None, own: Words, now: datetime) -> str:
    if alert is None:
        return f"<p>{escape(grant.conversation_id)}</p><p>{escape(own.unknown)}</p>"
    spoken = message.words(grant.language)
    known = facts(alert, now)
    occasion = "resolved" if alert.state == "resolved" else "fired"
    state = own.states[alert.state]
    if alert.acknowledged_by:
        state = f"{state} {own.seen_by.format(by=alert.acknowledged_by)}"
    lines = [own.state.format(state=state), *(line for line in spoken.body(known, occasion) if line)]
    shown = f"<p><strong>{escape(spoken.title(known, occasion))}</strong></p>"
    shown += "".join(f"<p>{escape(line)}</p>" for line in lines)
    if alert.permalink and alert.permalink.startswith(("https://", "http://")):
        link = f'<a href="{escape(alert.permalink)}" rel="noreferrer noopener">{escape(own.on_network)}</a>'
        shown += f"<p>{link}</p>"
    return shown


def _snooze(own: Words, seconds: float) -> str:
    return own.snooze.format(span=message.words(own.code).span(seconds))


def _page(own: Words, title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="{own.code}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)} – Vigie</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
