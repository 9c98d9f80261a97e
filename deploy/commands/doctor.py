"""`vigie doctor`: is every part of the system well, and if not, what to do?"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from deploy.environment import load_settings, settings_folder


def run(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per check.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder of an embedded stack.")] = None,
) -> None:
    """Look at Kafka, ClickHouse, workers, channels, disk and Grafana; change nothing. Exit code 1: something failed."""
    from deploy.doctor import examine
    from deploy.doctor.finding import Subject
    from deploy.doctor.showing import told

    subject = Subject(settings=load_settings(), folder=settings_folder(), data_dir=data_dir)
    sys.exit(told(list(examine(subject)), as_json=as_json))
