"""Structured logs on standard error: JSON lines, without tokens. Payloads and lead data are never logged."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Slack's tokens, and the user and password in a URL.
_SECRET = re.compile(r"\bx(?:ox[a-z]|app)-[\w-]+|(?<=://)[^/@\s:]+:[^/@\s]+(?=@)")
# Libraries that log only warnings and errors.
_QUIET = ("slack_bolt", "slack_sdk", "uvicorn", "alembic")


def configure(level: str) -> None:
    """Sends all logs, also the libraries', through one formatter. `level` is the lowest level that is logged, as in
    Settings."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))


def without_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Masks tokens and passwords in a log event. A processor for structlog."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRET.sub("***", value)
    return event
