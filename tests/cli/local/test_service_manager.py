"""What systemd hears of a server and of an agent, at a real socket in its place."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gitflow.cli.local.service_manager import ServiceManager

TIMEOUT_S = 60.0


class Socket:
    """Where datagrams arrive; ``address`` as systemd writes it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1))
        self._socket.settimeout(TIMEOUT_S)

    def receive(self) -> str:
        return self._socket.recv(4096).decode()

    def receive_until(self, message: str) -> list[str]:
        """All messages before it."""
        return list(iter(self.receive, message))

    def drain(self) -> None:
        while self.has_message(0):
            self.receive()

    def has_message(self, within_s: float) -> bool:
        return bool(select.select([self._socket], [], [], within_s)[0])

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def notified() -> Iterator[Socket]:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # the path of a socket must be short
        found = Socket(f"{folder}/notify")
        yield found
        found.close()


def environ_of(notified: Socket, period_s: float, **more: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": notified.address, "WATCHDOG_USEC": str(int(period_s * 1e6)), **more}


@contextmanager
def running(folder: Path, notified: Socket, *words: str) -> Iterator[subprocess.Popen[str]]:
    environ = {**os.environ, "GITFLOW_CACHE": str(folder / "cache"), **environ_of(notified, 0.3)}
    environ.pop("GITFLOW_STATE", None)
    command = [sys.executable, "-m", "gitflow.cli.main", *words]
    with subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def command_of(kind: str, folder: Path) -> list[str]:
    if kind == "agent":  # which goes on while its server is away
        return ["agent", "--server", "http://127.0.0.1:1", "--state-dir", str(folder / "agent")]
    (folder / "w" / ".workflows").mkdir(parents=True)
    (folder / "w" / ".workflows" / "t.yaml").write_text("tasks: {t: {flow: {a: {type: shell, cmd: 'true'}}}}\n")
    config = "listen: 127.0.0.1:0\nstate_dir: state\nworkspaces: {w: {type: folder, path: w}}\n"
    (folder / "server-config.yaml").write_text(config)
    return ["server", "--config", "server-config.yaml"]


@pytest.mark.parametrize("kind", ["server", "agent"])
def test_it_says_that_it_is_ready_once_it_works_then_that_it_lives_and_at_last_that_it_stops(kind, tmp_path, notified):
    with running(tmp_path, notified, *command_of(kind, tmp_path)) as process:
        assert set(notified.receive_until("READY=1")) <= {"WATCHDOG=1"}
        assert "gitflow" in process.stdout.readline()  # it listens, or takes steps
        assert [notified.receive() for _ in range(3)] == ["WATCHDOG=1"] * 3
        process.send_signal(signal.SIGTERM)
        assert set(notified.receive_until("STOPPING=1")) <= {"WATCHDOG=1"}
        assert process.wait(TIMEOUT_S) == 0


def test_a_frozen_process_says_nothing_until_it_goes_on(tmp_path, notified):
    with running(tmp_path, notified, *command_of("agent", tmp_path)) as process:
        notified.receive_until("READY=1")
        notified.receive_until("WATCHDOG=1")
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        notified.drain()
        assert not notified.has_message(within_s=0.5)
        process.send_signal(signal.SIGCONT)
        assert notified.receive() == "WATCHDOG=1"


def test_an_event_loop_that_hangs_says_nothing_though_other_threads_go_on(notified):
    hangs, may_go_on = threading.Event(), threading.Event()

    async def serve() -> None:
        async with ServiceManager(environ_of(notified, 0.03)).watching_event_loop():
            await asyncio.to_thread(notified.receive)
            hangs.set()
            may_go_on.wait(TIMEOUT_S)
            await asyncio.to_thread(notified.receive)

    serving = threading.Thread(target=asyncio.run, args=(serve(),))
    serving.start()
    assert hangs.wait(TIMEOUT_S)
    notified.drain()
    assert not notified.has_message(within_s=0.2)
    may_go_on.set()
    serving.join(TIMEOUT_S)
    assert not serving.is_alive()


@pytest.mark.parametrize("more", [{"WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": ""}, {"WATCHDOG_USEC": "soon"}])
def test_a_process_that_is_not_watched_says_only_that_it_is_ready(notified, more):
    systemd = ServiceManager({**environ_of(notified, 0.03), **more})
    systemd.alive()
    systemd.ready()
    assert notified.receive() == "READY=1"


def test_a_socket_without_a_file_is_found_by_its_name():
    found = Socket(f"@gitflow-{uuid.uuid4()}")
    ServiceManager(environ_of(found, 1.0)).ready()
    assert found.receive() == "READY=1"
    found.close()


def test_without_systemd_nothing_is_said():
    systemd = ServiceManager({"WATCHDOG_USEC": "1000"})
    for say in (systemd.ready, systemd.alive, systemd.stopping):
        say()


def test_a_socket_that_is_gone_is_a_warning(tmp_path, caplog):
    ServiceManager({"NOTIFY_SOCKET": "/nowhere/notify"}).ready()
    assert "cannot send READY=1 to systemd at /nowhere/notify: No such file or directory" in caplog.text


def test_processes_that_it_starts_do_not_speak_in_its_name(notified):
    environ = {"OTHER": "1", **environ_of(notified, 1.0, WATCHDOG_PID=str(os.getpid()))}
    ServiceManager(environ)
    assert environ == {"OTHER": "1"}
