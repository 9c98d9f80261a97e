"""Whoever was forgotten stays so after a restore: what the backup and the broker know, applied to what came back.

A backup holds authors who were forgotten after it. Its own list does not name them, the broker's does: it is compacted
and kept. So the list is known before anything is filled, and applied before the restore says that it is done.
"""

import gzip
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from connectors.forgotten import ForgottenList
from deploy.clickhouse.backup import Manifest
from deploy.privacy.forgetting import Done, Places, forget_again, publish_list, row_of
from deploy.privacy.subject import forget_key
from deploy.topics import missing
from schemas.errors import BrokerError, ConfigError
from schemas.forgotten import Forgotten
from schemas.settings import Kafka, Privacy, Settings
from schemas.tables import FORGOTTEN
from schemas.topics import FORGOTTEN as LIST
from streams.store import mapped


def known(settings: Settings, folder: Path, manifest: Manifest, *, without_list: bool) -> list[Forgotten]:
    """Who the broker says was forgotten, whole; nobody when nobody can have been.

    Args:
        without_list: do not ask the broker.
    Raises:
        ConfigError: nobody can say who was forgotten since the backup, or there is no key to know them by.
        BrokerError: the broker does not answer.
    """
    in_backup = marks_in(folder, manifest)
    found = [] if without_list or not settings.kafka.bootstrap else _of_broker(settings.kafka)
    has_key = bool(settings.privacy.forget_key or settings.privacy.pseudonym_key)
    if found or in_backup:
        forget_key(settings.privacy)
    if without_list:
        return []
    if not settings.kafka.bootstrap and (has_key or in_backup):
        raise _unknown("no broker is set that keeps the list", "VIGIE_KAFKA", manifest.begun_at)
    if lost := in_backup - {one.mark for one in found}:
        raise _unknown(f"the broker's list lacks {len(lost)} of the backup's own", LIST.name, manifest.begun_at)
    return found


def apply(places: Places, found: Sequence[Forgotten]) -> list[Done]:
    """Bring the lists of store and broker together, and forget again whoever came back; run again, it goes on.

    Raises:
        BrokerError, StoreError: a part did not take it.
    """
    with mapped("view forgotten"):
        held = {str(row[0]) for row in places.client.query("SELECT mark FROM forgotten").result_rows}
    new = [row_of(one) for one in found if one.mark not in held]
    if new:
        places.store.insert(FORGOTTEN, new, token=f"restore:{new[0][0]}:{len(new)}")
    if not found and not held:
        return []
    if places.has_broker:
        publish_list(places.client, places.settings.kafka)
    return forget_again(places)


def marks_in(folder: Path, manifest: Manifest) -> set[str]:
    """Whom the backup itself lists: marks are hexadecimal, so a line is cut at its tabs."""
    marks: set[str] = set()
    for part in manifest.parts:
        if part.table == FORGOTTEN.name:
            column = part.columns.index("mark")
            with gzip.open(folder / part.file, "rt", encoding="utf-8") as lines:
                marks.update(line.rstrip("\n").split("\t")[column] for line in lines)
    return marks


def _of_broker(kafka: Kafka) -> list[Forgotten]:
    if LIST.name in missing(kafka):
        raise BrokerError(
            "the broker has no list of who was forgotten",
            where=LIST.name,
            fix="Make its topics with `vigie topics`, or see `vigie restore --help` about --without-list.",
        )
    return ForgottenList(kafka, Privacy()).read()


def _unknown(what: str, where: str, since: datetime) -> ConfigError:
    return ConfigError(
        f"nobody can say who was forgotten since {since:%Y-%m-%d %H:%M} UTC: {what}",
        where=where,
        fix="Name the broker whose topic signal.forgotten.v1 keeps the list (VIGIE_KAFKA). If there is none any more, "
        "add --without-list, and then forget each of them again: vigie forget NETWORK:AUTHOR",
    )
