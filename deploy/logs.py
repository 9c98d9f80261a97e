"""Logging, configured once: JSON lines on standard error, third-party lines included."""

import logging
import sys
from typing import Any

import structlog


def configure(level: str = "INFO", *, agent: str = "") -> None:
    """Send every log line, ours and those of Faust, aiokafka and kafka-python, through one processor chain."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    if agent:
        structlog.contextvars.bind_contextvars(worker=agent)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("faust", "mode", "streams.transport", "aiokafka", "httpx", "urllib3", "clickhouse_connect"):
        logging.getLogger(noisy).setLevel("WARNING")
    logging.getLogger("urllib3").setLevel("ERROR")  # it tells of each attempt; what fails for good is raised
    logging.getLogger("kafka").setLevel("CRITICAL")  # it logs an error per reconnect; what matters it raises
