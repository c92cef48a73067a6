"""``gitflow mcp`` as a process, driven over stdin and stdout by the client of the official SDK."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError

from gitflow.cli.local.mcp_commands import McpOptions, tool_command
from gitflow.mcp.tools import TOOLS

DEFINITIONS = """\
actions:
  greet:
    type: shell
    input:
      name: {type: string, required: true}
    cmd: echo "Hello {{ input.name }}"
tasks:
  hello:
    input:
      name: {type: string, default: World}
    flow:
      say:
        action: greet
        input: {name: "{{ input.name }}"}
  broken:
    flow:
      fail: {type: shell, cmd: "echo no >&2; exit 3"}
  long:
    flow:
      wait: {type: shell, cmd: "echo $$ > /tmp-marker; sleep 600"}
"""
READ = ["list_tasks", "get_task", "list_jobs", "get_job", "explain_job", "search_logs", "plan", "list_problems"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace in a repository, with a state directory beside it."""
    workflows = tmp_path / "flows" / ".workflows"
    workflows.mkdir(parents=True)
    (workflows / "a.yaml").write_text(DEFINITIONS.replace("/tmp-marker", str(tmp_path / "marker")))
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *who, *words], cwd=workflows.parent, check=True)
    return workflows.parent


def using(folder: Path, use: Callable[[Client], Awaitable[Any]], *options: str) -> Any:
    """Starts ``gitflow mcp`` in the folder, and returns what ``use`` returns."""
    words = ["-m", "gitflow.cli.main", "mcp", f"--state-dir={folder.parent / 'state'}", *options]
    environ = {"GITFLOW_CACHE": str(folder.parent / "cache")}

    async def connect() -> Any:
        server = StdioServerParameters(command=sys.executable, args=words, cwd=folder, env=environ)
        async with Client(server) as client:
            return await use(client)

    return asyncio.run(connect())


async def called(client: Client, tool: str, **arguments: Any) -> Any:
    """The result of a tool. Raises AssertionError with the text of an error."""
    result = await client.call_tool(tool, arguments)
    _, mark, *lines, end = result.content[0].text.splitlines()
    assert mark == end
    value = json.loads("\n".join(lines))
    assert not result.is_error, value["error"]
    return value


def test_it_reads_and_changes_nothing_unless_allowed(folder: Path) -> None:
    async def use(client: Client) -> None:
        assert [tool.name for tool in (await client.list_tools()).tools] == READ
        for tool in ("run_task", "retry_job", "cancel_job", "approve_step"):
            with pytest.raises(MCPError, match="is not offered here"):
                await client.call_tool(tool, {"task": "hello"})
        assert await called(client, "list_jobs") == []

    using(folder, use)


def test_a_task_is_run_and_looked_at(folder: Path) -> None:
    async def use(client: Client) -> None:
        assert [tool.name for tool in (await client.list_tools()).tools] == [
            *READ,
            "run_task",
            "retry_job",
            "cancel_job",
        ]
        assert [task["name"] for task in await called(client, "list_tasks")] == ["hello", "broken", "long"]
        assert (await called(client, "get_task", task="hello"))["name"] == "hello"
        name = 'a"; touch x; --state-dir=/nowhere'
        job = await called(client, "run_task", task="hello", input={"name": name})
        assert (job["status"], job["input"]) == ("completed", {"name": name})
        assert [line["line"] for line in await called(client, "search_logs", job=job["job_id"], query="hELLO")] == [
            f"Hello {name}"
        ]
        failed = await called(client, "run_task", task="broken")
        assert failed["status"] == "failed"
        assert [row["job_id"] for row in await called(client, "list_jobs", status="failed")] == [failed["job_id"]]
        assert (await called(client, "get_job", job=failed["job_id"]))["status"] == "failed"
        assert (await called(client, "explain_job", job=failed["job_id"]))["steps"][0]["step_name"] == "fail"
        assert [line["line"] for line in await called(client, "search_logs", job=failed["job_id"], step="fail")] == [
            "no"
        ]
        assert (await called(client, "plan", base="HEAD"))["base"]["revision"] == "HEAD"
        assert await called(client, "list_problems") == []
        await called(client, "retry_job", job=failed["job_id"])
        assert len(await called(client, "list_jobs", task="broken")) == 2

    using(folder, use, "--allow", "run,retry,cancel")
    assert not (folder / "x").exists()


def test_a_cancelled_call_stops_its_job(folder: Path) -> None:
    marker = folder.parent / "marker"

    async def use(client: Client) -> None:
        running = asyncio.create_task(called(client, "run_task", task="long"))
        while not marker.exists() or not marker.read_text():
            await asyncio.sleep(0.02)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        pid = int(marker.read_text())
        while Path(f"/proc/{pid}").exists():
            await asyncio.sleep(0.02)
        while [row["status"] for row in await called(client, "list_jobs")] != ["cancelled"]:
            await asyncio.sleep(0.02)

    using(folder, use, "--allow", "run")


def test_a_refused_call_says_why(folder: Path) -> None:
    async def use(client: Client) -> None:
        for tool, arguments, said in [
            ("get_job", {"job": "00000000-0000-0000-0000-000000000000"}, "there is no job"),
            ("get_task", {"task": "helo"}, 'did you mean "hello"'),
            ("get_task", {"task": "--help"}, "--help"),
            ("run_task", {"task": "hello", "input": {"nme": 1}}, "name"),
            ("list_tasks", {"workspace": "/etc"}, "leave `workspace` out"),
            ("plan", {"base": "--upload-pack=x"}, "base"),
            ("plan", {"base": "none"}, "none"),
        ]:
            with pytest.raises(AssertionError, match=said):
                await called(client, tool, **arguments)

    using(folder, use, "--allow=run")


def test_the_definitions_problems_are_listed(folder: Path) -> None:
    (folder / ".workflows" / "b.yaml").write_text("tasks:\n  wrong:\n    flow:\n      a: {action: none}\n")

    async def use(client: Client) -> Any:
        return await called(client, "list_problems")

    found = using(folder, use)
    assert [(problem["file"], problem["line"]) for problem in found] == [(".workflows/b.yaml", 4)]


def test_what_cannot_be_allowed_is_refused(folder: Path) -> None:
    words = [sys.executable, "-m", "gitflow.cli.main", "mcp", "--allow=run,approve"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "approve cannot be allowed: choose among run, retry, cancel" in done.stderr


TEXTS = st.text(min_size=1, max_size=30)


@given(
    st.sampled_from([tool for tool in TOOLS if tool.does != "approve"]), st.data(), st.sampled_from([None, "http://h"])
)
def test_no_value_of_a_client_can_be_an_option(tool: Any, data: st.DataObject, server: str | None) -> None:
    """Every word that begins with a dash is one that gitflow wrote, up to its ``=``."""
    texts = {name: data.draw(TEXTS) for name, schema in tool.properties.items() if schema.get("type") == "string"}
    texts.pop("workspace", None)
    others = {"input": {"a": data.draw(TEXTS)}, "limit": 5, "query": data.draw(TEXTS)}
    arguments = {**texts, **{name: value for name, value in others.items() if name in tool.properties}}
    words = tool_command(tool.name, arguments, McpOptions(server=server)).words
    options = words[: words.index("--")] if "--" in words else words
    known = {"output", "json", "workspace", "server", "server-workspace", "state-dir", "task", "status", "limit"}
    known |= {"reason", "format", "step", "tail", "input-file"}
    assert all(word.removeprefix("--").partition("=")[0] in known for word in options[1:]), words
