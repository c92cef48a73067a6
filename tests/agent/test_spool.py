"""The spool: an attempt begins at most once, and its lines and its report reach the server whole, whatever is cut."""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitflow.agent import spool as spool_module
from gitflow.agent.spool import Begun, Spool, read_record
from gitflow.core.logs import LogChunk
from gitflow.dispatch import frames

KEY = ("job", "a[1]", 1)
BEGUN = Begun(*KEY, "token", "mark")


def chunk(number: int, stream: str = "stdout") -> LogChunk:
    return LogChunk(*KEY, stream, 1.0, 1, b"line %d\n" % number)


def opened(folder: Path, **more: int) -> Spool:
    return Spool(str(folder / "spool"), lambda: None, **more)


def test_an_attempt_begins_once_also_after_a_restart(tmp_path: Path) -> None:
    opened(tmp_path).begin(BEGUN)
    again = opened(tmp_path)
    again.load()
    with pytest.raises(FileExistsError):
        again.begin(BEGUN)


def test_a_file_whose_first_record_was_not_written_is_no_attempt(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    (tmp_path / "spool" / "half").write_bytes(b"\x00\x00\x00\x40{")
    assert spool.load() == []
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_record_that_was_cut_is_dropped_and_the_rest_stays(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.begin(BEGUN)
    spool.log(chunk(1))
    [path] = (tmp_path / "spool").iterdir()
    with path.open("ab") as file:
        file.write(b"\x00\x00\x01\x00half")
    [file] = opened(tmp_path).load()
    messages = []
    while (message := file.read_next()) is not None:
        messages.append(read_record(message))
    assert [type(message) for message in messages] == [frames.Started, frames.Log]


def test_a_full_spool_makes_the_step_wait_until_the_server_has_stored_lines(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(spool_module, "_SHORTEN_BYTES", 0)
    spool = opened(tmp_path, max_bytes=400)
    file = spool.begin(BEGUN)
    wrote = threading.Event()

    def write() -> None:
        for number in range(20):
            spool.log(chunk(number))
        wrote.set()

    threading.Thread(target=write, daemon=True).start()
    got: list[bytes] = []
    while not wrote.is_set() or file.sent < file.size:
        message = file.read_next()
        if message is None:
            wrote.wait(0.01)
            continue
        frame = read_record(message)
        if isinstance(frame, frames.Log):
            file.note_sent(frame)
            got.append(frame.data)
            spool.stored("token", frame.stream, frame.after + frame.lines)
    assert b"".join(got) == b"".join(b"line %d\n" % number for number in range(20))


def test_a_full_disk_makes_the_step_wait_and_a_new_one_not_begin(tmp_path: Path, monkeypatch) -> None:
    spool = opened(tmp_path)
    spool.begin(BEGUN)
    real, is_full = os.pwrite, threading.Event()
    is_full.set()

    def write(fd: int, data: bytes, at: int) -> int:
        if is_full.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd, data, at)

    monkeypatch.setattr(os, "pwrite", write)
    with pytest.raises(OSError, match="No space left"):
        spool.begin(Begun("other", "s", 1, "token 2", "mark"))
    assert len(list((tmp_path / "spool").iterdir())) == 1
    thread = threading.Thread(target=spool.log, args=(chunk(1),))
    thread.start()
    assert thread.is_alive()
    is_full.clear()
    spool.stored("token", "stdout", 0)
    thread.join(60)
    assert spool.of(KEY).lines == {"stdout": 1}


#: What may happen: a line is printed, the next message is sent, the server stores what it has, the link is lost, the
#: agent is killed and started again.
HAPPENINGS = st.lists(st.sampled_from(["out", "err", "send", "send", "send", "store", "cut", "kill"]), max_size=60)


@settings(deadline=None)
@given(HAPPENINGS)
def test_every_line_arrives_once_and_in_order_whatever_is_cut(happenings: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        spool = opened(Path(folder))
        spool.begin(BEGUN)
        server = Server()
        written: dict[str, list[bytes]] = {"stdout": [], "stderr": []}
        for happening in [*happenings, "cut", *["send"] * 200]:
            file = spool.of(KEY)
            if happening in ("out", "err"):
                line = chunk(len(written["stdout"]) + len(written["stderr"]), f"std{happening}")
                written[line.stream].append(line.data)
                spool.log(line)
            elif happening == "send":
                server.take(file)
            elif happening == "store":
                server.store(spool)
            else:
                if happening == "kill":
                    spool = opened(Path(folder))
                    [file] = spool.load()
                server.store(spool)
                file.rewind()
        assert server.lines == written


class Server:
    """Takes messages as the fleet does: lines that it has are dropped, and a gap would be a mistake."""

    def __init__(self) -> None:
        self.lines: dict[str, list[bytes]] = {"stdout": [], "stderr": []}

    def take(self, file) -> None:
        message = file.read_next()
        frame = None if message is None else read_record(message)
        if isinstance(frame, frames.Log):
            file.note_sent(frame)
            if frame.after + frame.lines > len(self.lines[frame.stream]):
                assert frame.after == len(self.lines[frame.stream])
                self.lines[frame.stream].append(frame.data)

    def store(self, spool: Spool) -> None:
        for stream, lines in self.lines.items():
            spool.stored("token", stream, len(lines))
