"""Set-up of structured logs. What customers write is never logged above DEBUG."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import structlog


def set_up_logs(file: Path | None = None) -> None:
    """Write logs to stderr or `file`, at the level of FRONTDESK_LOG_LEVEL (default WARNING)."""
    stream = file.open("a", encoding="utf-8") if file else sys.stderr
    name = os.environ.get("FRONTDESK_LOG_LEVEL", "WARNING").upper()
    level = logging.getLevelNamesMapping().get(name, logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=stream.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
