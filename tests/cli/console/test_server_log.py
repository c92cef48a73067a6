"""The server's log: one line a record whatever it holds, and nobody waits for who reads it."""

from __future__ import annotations

import json
import logging
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.cli.console.server_log import MAX_VALUE, MAX_WAITING, Background, JsonLines, TextLines

#: What an attacker may put into a name, a path or an error, and how a line would be forged with it.
HOSTILE = 'x\n2026-01-01T00:00:00Z info    job completed job_id="7" \x1b[2K\r\u2028 reason=none'


def record(message: str = "job failed", **fields: object) -> logging.LogRecord:
    found = logging.LogRecord("gitflow.jobs", logging.WARNING, __file__, 1, message, None, None)
    found.__dict__.update(fields)
    return found


def test_a_line_for_people_has_the_message_and_each_field_as_a_word():
    line = TextLines().format(record(job_id="7", reason="Failed: `build` exited 2", duration_s=1.5))
    assert line.endswith('warning job failed job_id=7 duration_s=1.5 reason="Failed: `build` exited 2"')


def written(form: logging.Formatter, found: logging.LogRecord) -> str:
    read, write = os.pipe()
    handler = Background(write)
    handler.setFormatter(form)
    handler.emit(found)
    handler.flush()
    os.close(write)
    with os.fdopen(read, "rb") as lines:
        return lines.read().decode()


@pytest.mark.parametrize("form", [TextLines(), JsonLines()])
def test_a_value_cannot_forge_a_line_or_a_field(form):
    line = written(form, record(reason=HOSTILE))
    assert line.endswith("\n")
    assert line[:-1].isprintable()
    shown = json.loads(line)["reason"] if line.startswith("{") else json.loads(line.partition(" reason=")[2])
    assert shown == HOSTILE


@given(st.text(max_size=40))
def test_what_stands_in_quotes_is_the_value(text):
    word = TextLines().format(record(reason=text)).partition(" reason=")[2]
    assert word.isprintable()
    assert (json.loads(word) if word.startswith('"') else word) == text


def test_a_value_is_cut():
    shown = json.loads(JsonLines().format(record(reason="r" * 10 * MAX_VALUE)))["reason"]
    assert len(shown) == MAX_VALUE
    assert shown.endswith("…")


def test_lines_are_written_in_order_and_all_of_them_at_the_end():
    read, write = os.pipe()
    handler = Background(write)
    for number in range(200):
        handler.emit(record(f"line {number}"))
    handler.flush()
    os.close(write)
    with os.fdopen(read) as lines:
        assert [line.split()[-1] for line in lines] == [str(number) for number in range(200)]


def test_a_reader_that_does_not_read_stops_nobody_and_learns_how_many_lines_it_missed():
    read, write = os.pipe()
    handler = Background(write)
    handler.setFormatter(JsonLines())
    count = 2 * MAX_WAITING
    for number in range(count):
        handler.emit(record(f"line {number} {'x' * 100}"))
    written, dropped = list[int](), 0
    with os.fdopen(read) as lines:
        while len(written) + dropped < count:
            message = json.loads(lines.readline())["message"]
            if "were dropped" in message:
                dropped += int(message.split()[0])
            else:
                written.append(int(message.split()[1]))
    assert dropped > 0
    assert written == sorted({*written})
