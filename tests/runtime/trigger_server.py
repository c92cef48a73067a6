"""A server in a process of its own, that fires a schedule every second until it is killed; prints ``ready`` once."""

from __future__ import annotations

import asyncio
import sys

from gitflow.config import Config, WorkerConfig, WorkspaceConfig
from gitflow.service import open_server


async def main(folder: str) -> None:
    config = Config(
        state_dir=f"{folder}/state",
        synchronous="normal",
        worker=WorkerConfig(slots=2),
        workspaces={"w": WorkspaceConfig("w", "folder", {"path": f"{folder}/w"})},
    )
    environ = {"HOME": folder, "GITFLOW_CACHE": f"{folder}/cache", "PATH": "/usr/bin:/bin"}
    async with open_server(config, environ, lambda: None):
        print("ready", flush=True)
        await asyncio.Event().wait()


asyncio.run(main(sys.argv[1]))
