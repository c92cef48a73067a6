"""Log lines: the output of steps, and the engine's notes about a job."""

from __future__ import annotations

from gitflow.core.record import Record

#: The step name of the engine's notes in a job's log.
SERVER_STEP = "_server"

STREAMS = ("stdout", "stderr")

#: A line of stderr that has one of these words, in any case, looks like an error.
ERROR_WORDS = ("error", "fatal", "exception", "traceback", "panic", "fail", "critical", "abort", "denied")


class LogLine(Record):
    ts: float  #: seconds since the epoch, UTC
    stream: str
    step: str
    line: str
    seq: int  #: counts the job's lines from 1, without gaps
    attempt: int


class LogPart(Record):
    """What a store keeps together of one attempt and stream, without the text."""

    first_seq: int
    lines: int
    step: str
    attempt: int
    stream: str
    bytes: int  #: of the text, with a line feed after each line

    @property
    def last_seq(self) -> int:
        return self.first_seq + self.lines - 1


class LogChunk(Record):
    """Complete lines of one attempt and stream that were read together; ``data`` ends with a newline."""

    job_id: str
    step: str
    attempt: int
    stream: str
    ts: float
    lines: int
    data: bytes  #: UTF-8, masked, one line feed after each line
