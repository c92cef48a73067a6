"""What a server tells of itself on stderr: lines for people, or a JSON object a line."""

from __future__ import annotations

import json
import logging
import sys

from gitflow.cli.console.escape import indented
from gitflow.core.timestamps import rfc3339

#: What a record may carry beside its message, as it is told.
FIELDS = ("request_id", "job_id", "workspace", "method", "path", "status", "duration_s", "actor", "address")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "ts": rfc3339(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        told.update((name, record.__dict__[name]) for name in FIELDS if name in record.__dict__)
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """One line a record, whatever a request has put into it; a trace follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        more = "".join(f" {name}={record.__dict__[name]}" for name in FIELDS if name in record.__dict__)
        message = (record.getMessage() + more).encode("unicode_escape").decode() if more else record.getMessage()
        message = indented(message, "  ")
        line = f"{rfc3339(record.created)} {record.levelname.lower():7} {message}"
        trace = f"\n  {indented(self.formatException(record.exc_info), '  ')}" if record.exc_info else ""
        return line + trace


#: How lines may look, by the option's value.
FORMATS = {"text": TextLines, "json": JsonLines}


def log_to_stderr(form: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FORMATS[form]())
    root = logging.getLogger("gitflow")
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False
    logging.getLogger("asyncio").handlers = [handler]
