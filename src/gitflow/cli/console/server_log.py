"""Writes the server's log to stderr: lines for people, or one JSON object per line.

A thread of its own writes the lines, so that a slow reader of stderr, or one that stopped, never stops the engine.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from queue import Full, Queue
from threading import Condition, Thread

from gitflow.cli.console.escape import escape, indented
from gitflow.core.timestamps import rfc3339
from gitflow.views.escape import on_one_line, shortened

#: Fields of a log record, besides its message.
FIELDS = (
    *("request_id", "job_id", "workspace", "task_name", "revision", "method", "path", "status", "duration_s"),
    *("source_type", "source_id", "actor", "address", "parent_job_id", "retry_of_job_id", "reason"),
)
#: How many characters of a field a line has.
MAX_VALUE = 1_000
#: How many lines wait for the thread that writes them; more are dropped, and their number is written.
MAX_WAITING = 10_000
#: How long the end of the process waits for lines that are not written yet.
FLUSH_S = 2.0


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "ts": rfc3339(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """Writes one line per record, whatever text a request put into it; a traceback follows on its own lines."""

    def format(self, record: logging.LogRecord) -> str:
        more = "".join(f" {name}={_word(value)}" for name, value in _fields(record).items())
        message = on_one_line(record.getMessage()) if more else indented(record.getMessage(), "  ")
        line = f"{rfc3339(record.created)} {record.levelname.lower():7} {message}{more}"
        trace = f"\n  {indented(self.formatException(record.exc_info), '  ')}" if record.exc_info else ""
        return line + trace


def _fields(record: logging.LogRecord) -> dict[str, object]:
    known = record.__dict__
    return {
        name: shortened(value, MAX_VALUE) if isinstance(value := known[name], str) else value
        for name in FIELDS
        if name in known
    }


def _word(value: object) -> str:
    """In quotes, as JSON writes it, where it could be read as more than one field."""
    text = str(value)
    is_plain = text.isprintable() and text and not any(letter in text for letter in ' "=')
    if is_plain:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in quoted)


#: Value of ``--log-format`` -> formatter.
FORMATS = {"text": TextLines, "json": JsonLines}


class Background(logging.Handler):
    """Formats records in the thread that logs them, and writes them in another. Never waits while it logs."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._waiting: Queue[str] = Queue(MAX_WAITING)
        self._dropped = 0  # counted by those who log alone, so that no count is lost
        self._is_written = Condition()
        Thread(target=self._write_lines, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:
            self.handleError(record)
            return
        try:
            self._waiting.put_nowait(line)
        except Full:
            self._dropped += 1

    def flush(self) -> None:
        """Waits for the lines so far, but not for a reader that does not read."""
        with self._is_written:
            self._is_written.wait_for(lambda: not self._waiting.unfinished_tasks, FLUSH_S)

    def _write_lines(self) -> None:
        reported = 0
        while True:
            self._write(self._waiting.get())
            dropped = self._dropped
            if dropped > reported:
                missed = dropped - reported
                reported = dropped
                self._write(self.format(_note(f"{missed} lines of the log were dropped: nothing read them in time")))
            self._waiting.task_done()
            with self._is_written:
                self._is_written.notify_all()

    def _write(self, line: str) -> None:
        """Not through ``sys.stderr``: its lock must be free at the end of the process."""
        left = f"{escape(line)}\n".encode(errors="backslashreplace")
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except OSError:
                return


def _note(message: str) -> logging.LogRecord:
    return logging.LogRecord("gitflow", logging.WARNING, __file__, 0, message, None, None)


def log_to_stderr(form: str) -> None:
    handler = Background(sys.stderr.fileno())
    handler.setFormatter(FORMATS[form]())
    root = logging.getLogger("gitflow")
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False
    logging.getLogger("asyncio").handlers = [handler]
