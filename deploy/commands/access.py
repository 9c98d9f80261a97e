"""`vigie access NETWORK:AUTHOR`: everything that is held about an author, as NDJSON."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from deploy.environment import load_settings


def run(
    author: Annotated[str, typer.Argument(help="NETWORK:AUTHOR, by id or handle: mastodon:109348")],
    out: Annotated[Path | None, typer.Option(help="A file instead of the screen; it must not be there yet.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder of a stack.")] = None,
) -> None:
    """One line per row, with where it is held. Who asked is written to the audit log before anything is shown."""
    from deploy import private
    from deploy.clickhouse.reach import reach
    from deploy.connecting import memory_of
    from deploy.privacy import access, audit
    from deploy.privacy.subject import find, parse
    from streams.store import Store, connect

    settings, (network, name) = load_settings(), parse(author)
    folder = data_dir or Path(settings.embedded.data_dir)
    with reach(settings, data_dir) as clickhouse, Store(clickhouse) as store, memory_of(settings, folder) as memory:
        client = connect(clickhouse)
        try:
            subject = find(client, network, name, settings.privacy)
            key = settings.privacy.forget_key or settings.privacy.pseudonym_key
            audit.record(store, "access", subject.mark(key) if key else network, {"network": network})
            with open(out, "x", encoding="utf-8", opener=private.opener) if out else nullcontext() as file:
                for one in access.held(client, memory, subject):
                    print(json.dumps(one, ensure_ascii=False, default=str), file=file)
        finally:
            client.close()
