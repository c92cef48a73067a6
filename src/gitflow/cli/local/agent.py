"""``gitflow agent``: runs steps of a server until a signal ends it."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitflow.agent.loop import AgentLoop
from gitflow.agent.options import address_of, agent_id
from gitflow.cli.console.exits import FAILED, OK
from gitflow.cli.console.server_log import log_to_stderr
from gitflow.cli.local.garbage import collect_from_now_on
from gitflow.cli.local.service_manager import ServiceManager
from gitflow.core.errors import InvalidInput
from gitflow.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Generator

    from gitflow.agent.options import AgentOptions

#: The first ends the agent once its steps have ended, the second at once.
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run_agent(options: AgentOptions, log_format: str) -> int:
    """Returns once a signal has stopped it, or the server has refused it. Raises InvalidInput."""
    options = replace(options, server=address_of(options.server))
    log_to_stderr(log_format)
    try:
        os.makedirs(options.state_dir, 0o700, exist_ok=True)
        with _locked(options.state_dir):
            return _run(AgentLoop(options, agent_id(options.state_dir)), options)
    except OSError as error:
        raise InvalidInput(f"{error.filename or options.state_dir}: {error.strerror or error}") from None


def _run(loop: AgentLoop, options: AgentOptions) -> int:
    systemd = ServiceManager(os.environ)
    loop.recover()
    collect_from_now_on()

    def stop(number: int, frame: object) -> None:
        systemd.stopping()
        loop.stop()

    for number in SIGNALS:
        signal.signal(number, stop)
    print(f"gitflow agent {options.name!r} takes steps of {options.server}", flush=True)
    systemd.ready()
    loop.run(systemd.alive)
    if loop.refused is not None:
        print(f"gitflow: {loop.refused}", file=sys.stderr)
        return FAILED
    return OK


@contextmanager
def _locked(state_dir: str) -> Generator[None]:
    """Only one agent uses a state directory. Raises InvalidInput, and OSError."""
    fd = os.open(os.path.join(state_dir, "agent.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise InvalidInput(f"another agent uses {state_dir}; give each its own with --state-dir") from None
    finally:
        os.close(fd)
