"""``gitflow mcp``: the Model Context Protocol over stdin and stdout.

Each call of a tool is a process of ``gitflow``, with the checks, the output and the exit status that a person gets.
Nothing that it prints can reach the stdout of the protocol, and a call that is cancelled ends as by Ctrl-C.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gitflow import __version__
from gitflow.cli.console.exits import OK
from gitflow.cli.local.mcp_commands import tool_command
from gitflow.core.errors import GitflowError
from gitflow.mcp.tools import TOOLS, ToolError

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Sequence

    from gitflow.cli.local.mcp_commands import McpOptions, ToolCommand
    from gitflow.core.values import Json, JsonObject
    from gitflow.mcp.tools import Tool

#: The longest output of a call, and the longest line of it, in bytes.
MAX_OUTPUT = 16 << 20
#: How much of an error is passed on, in characters.
MAX_ERROR = 4000


def serve_mcp(options: McpOptions) -> int:
    """Serves until stdin ends. Raises GitflowError without the packages of the extra."""
    try:
        from mcp.server.stdio import stdio_server

        from gitflow.mcp.session import make_server
    except ImportError:
        raise GitflowError("gitflow mcp needs packages that are missing: pip install 'gitflow-runner[mcp]'") from None
    offered = [tool for tool in TOOLS if tool.is_read_only or tool.does in options.allow]

    def offer(request: Any) -> Sequence[Tool]:
        return offered

    async def call(request: Any, tool: Tool, arguments: JsonObject) -> Json:
        return await _run(tool_command(tool.name, arguments, options))

    async def serve() -> None:
        server = make_server(__version__, offer, call)
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())

    asyncio.run(serve())
    return OK


async def _run(command: ToolCommand) -> Json:
    """The result of a command. Raises ToolError with what it says on stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gitflow.cli.main", *command.words, stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=MAX_OUTPUT
    )
    try:
        errors = asyncio.create_task(_last_of(process.stderr))
        await _send(process, command.stdin)
        found = await (_lines(process, command.keep, command.limit) if command.keep else _value(process))
        if not found and (await process.wait() or found is None):
            raise ToolError((await errors) or f"it ended with exit status {process.returncode}")
    finally:
        await _stop(process)
    return command.select(found) if command.select else found


async def _send(process: Process, text: str) -> None:
    assert process.stdin is not None
    with suppress(ConnectionError):
        process.stdin.write(text.encode())
        await process.stdin.drain()
    process.stdin.close()


async def _value(process: Process) -> Json:
    """The JSON that a command prints; None if it prints none. Raises ToolError if it is too long."""
    assert process.stdout is not None
    pieces: list[bytes] = []
    while piece := await process.stdout.read(1 << 16):
        pieces.append(piece)
        if sum(map(len, pieces)) > MAX_OUTPUT:
            raise ToolError("the result is too long: ask for less")
    try:
        return json.loads(b"".join(pieces))
    except ValueError:
        return None


async def _lines(process: Process, keep: Callable[[JsonObject], bool], limit: int) -> list[Json]:
    """The first lines of JSON, at most ``limit``, that ``keep`` takes."""
    assert process.stdout is not None
    found: list[Json] = []
    async for line in process.stdout:
        value = json.loads(line)
        if keep(value):
            found.append(value)
            if len(found) == limit:
                break
    return found


async def _last_of(stream: asyncio.StreamReader | None) -> str:
    """The end of what a command reports; it is read whole, so that the command never waits."""
    assert stream is not None
    text = b""
    while piece := await stream.read(1 << 16):
        text = (text + piece)[-MAX_ERROR:]
    return text.decode(errors="replace").strip()


async def _stop(process: Process) -> None:
    """Ends a command that still runs, as Ctrl-C does: ``gitflow run`` then stops its steps."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await process.wait()
