"""Writes the server's log to stderr: lines for people, or one JSON object per line."""

from __future__ import annotations

import json
import logging
import sys

from gitflow.cli.console.escape import indented
from gitflow.core.timestamps import rfc3339

#: Fields of a log record, besides its message.
FIELDS = ("request_id", "job_id", "workspace", "method", "path", "status", "duration_s", "actor", "address")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "ts": rfc3339(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        fields.update((name, record.__dict__[name]) for name in FIELDS if name in record.__dict__)
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """Writes one line per record, whatever text a request put into it; a traceback follows on its own lines."""

    def format(self, record: logging.LogRecord) -> str:
        more = "".join(f" {name}={record.__dict__[name]}" for name in FIELDS if name in record.__dict__)
        message = (record.getMessage() + more).encode("unicode_escape").decode() if more else record.getMessage()
        message = indented(message, "  ")
        line = f"{rfc3339(record.created)} {record.levelname.lower():7} {message}"
        trace = f"\n  {indented(self.formatException(record.exc_info), '  ')}" if record.exc_info else ""
        return line + trace


#: Value of ``--log-format`` -> formatter.
FORMATS = {"text": TextLines, "json": JsonLines}


def log_to_stderr(form: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FORMATS[form]())
    root = logging.getLogger("gitflow")
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False
    logging.getLogger("asyncio").handlers = [handler]
