"""`vigie report`: how a week went, on the screen or to a channel."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from deploy.environment import load_settings, settings_folder
from schemas.errors import ConfigError


def run(
    week: Annotated[str, typer.Option(help="2026-W47; left out, the last week that is over.")] = "",
    brand: Annotated[str, typer.Option(help="This brand alone.")] = "",
    lang: Annotated[Literal["", "en", "fr"], typer.Option(help="Left out, that of the channel or of vigie.toml.")] = "",
    time_zone: Annotated[
        str, typer.Option(help="Where weeks begin; left out, that of the first calendar, or UTC.")
    ] = "",
    send: Annotated[list[str] | None, typer.Option(help="To this channel; several times for several.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder of an embedded ClickHouse.")] = None,
) -> None:
    """Tell how fast customers were answered in a week, who still waits, what they said, beside the week before.

    To have it by e-mail each Monday, let cron or a timer run it: `0 7 * * 1 vigie report --send board`.
    """
    from deploy.clickhouse.reach import reach
    from deploy.report import letter, weeks
    from deploy.report.figures import figures
    from streams.store import connect

    settings, now = load_settings(), datetime.now(UTC)
    zone = _zone(time_zone or next((calendar.time_zone for calendar in settings.calendars), "UTC"))
    chosen = weeks.parse(week, zone) if week else weeks.last_whole(now, zone)
    if chosen.start > now:
        raise ConfigError("this week has not begun", where="--week", fix="Name an earlier one.")
    with reach(settings, data_dir) as clickhouse:
        client = connect(clickhouse)
        try:
            found = figures(client, chosen, brand=brand, now=now)
        finally:
            client.close()
    language = lang or settings.language
    if not send:
        message = letter.letter(found, language)
        print(f"{message.title}\n\n{message.body}")
        return
    from deploy.checking import check
    from deploy.report.sending import send as deliver

    routes = check(settings, settings_folder())
    for sentence in deliver(routes, settings, send, lambda own: letter.letter(found, lang or own)):
        print(sentence)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError(f"{name!r} is no time zone", where="--time-zone", fix="Write Europe/Paris.") from None
