"""The Socket.IO library's log, as lines of our own: what a client sends is worth no traceback."""

from __future__ import annotations

import logging
from typing import Any

import structlog

log = structlog.get_logger()


class _OneLine(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        log.warning("socketio.library", problem=record.getMessage()[:200], error=repr(error)[:200])


def library_log() -> Any:
    """Return a logger of problems for python-socketio and python-engineio.

    They take a `logging.Logger`, but their signatures say `bool`.
    """
    logger = logging.getLogger("connectors.socketio")
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(_OneLine())
    return logger
