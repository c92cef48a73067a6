"""What idle agents cost a server: its memory and its processor time, with so many links that only ping.

python -m benchmarks.links [--seconds S] [AGENTS …]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import aiohttp
from benchmarks.peers import clean_environment

from gitflow.agent.link import MAX_PING_S
from gitflow.dispatch import frames
from gitflow.dispatch.frames import Hello, Ping, Pong, Welcome

CONFIG = """\
listen: 127.0.0.1:0
state_dir: state
worker: {slots: 0}
auth: {providers: {internal: {provider_type: internal}}}
workspaces: {w: {type: folder, path: w}}
"""
FLOWS = "tasks: {hello: {flow: {say: {type: shell, cmd: echo hello}}}}\n"
_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def running(folder: Path) -> Iterator[tuple[str, str, int]]:
    """The address of a server, the key of its agents, and its process."""
    (folder / "w" / ".workflows").mkdir(parents=True)
    (folder / "w" / ".workflows" / "a.yaml").write_text(FLOWS)
    (folder / "server-config.yaml").write_text(CONFIG)
    gitflow, env = [sys.executable, "-m", "gitflow.cli.main"], clean_environment(GITFLOW_CACHE=str(folder / "cache"))
    make_key = [*gitflow, "key", "create", "agents", "--scope", "agent", "--state-dir", "state"]
    key = subprocess.run(make_key, cwd=folder, env=env, check=True, capture_output=True, text=True).stdout.strip()
    command = [*gitflow, "server", "--config", "server-config.yaml"]
    with subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdout is not None
        try:
            found = re.search(rb"http://\S+", server.stdout.readline())
            assert found
            yield found[0].decode(), key, server.pid
        finally:
            server.terminate()


async def link(
    session: aiohttp.ClientSession, url: str, welcomed: Callable[[], None], answered: Callable[[], None]
) -> None:
    """One agent without steps; it calls back when it is welcomed, and at each ping that was answered."""
    async with session.ws_connect(f"{url}/api/agents/link", max_msg_size=0) as socket:
        agent = str(uuid.uuid4())
        await socket.send_str(str(frames.dump(Hello(frames.PROTOCOL, agent, agent, "idle", "0", 4, (), ()))))
        assert isinstance(frames.read_from_server(await socket.receive_str()), Welcome)
        welcomed()
        while True:
            await socket.send_str(str(frames.dump(Ping(0))))
            while not isinstance(frames.read_from_server(await socket.receive_str()), Pong):
                pass
            answered()
            await asyncio.sleep(MAX_PING_S)


async def measure(agents: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as (url, key, pid):
        before = resident_mb(pid)
        headers = {"Authorization": f"Bearer {key}"}
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
            welcomed, pings = asyncio.Semaphore(0), Counter[str]()
            count = partial(pings.update, ["answered"])
            links = [asyncio.create_task(link(session, url, welcomed.release, count)) for _ in range(agents)]
            for _ in range(agents):
                await welcomed.acquire()
            began, pings["answered"] = processor_s(pid), 0
            await asyncio.sleep(seconds)
            used = (processor_s(pid) - began) / seconds
            for ended in filter(asyncio.Task.done, links):
                ended.result()
            more, rate = resident_mb(pid) - before, pings["answered"] / seconds
            print(f"{agents:5} agents: {used:6.1%} of a core, {more:5.1f} MB more, {rate:5.1f} pings/s", flush=True)
            for each in links:
                each.cancel()
            await asyncio.gather(*links, return_exceptions=True)


def processor_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / _TICKS


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.links", description=__doc__)
    parser.add_argument("agents", nargs="*", type=int, default=[10, 100, 1000], metavar="AGENTS")
    parser.add_argument("--seconds", type=float, default=30.0)
    given = parser.parse_args(words)
    for agents in given.agents:
        asyncio.run(measure(agents, given.seconds))


if __name__ == "__main__":
    main()
