"""The session of docs/how-to/agents.md does what the page says."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from printed_json import printed

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "agents.md").read_text()


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", PAGE, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_the_session_of_the_guide_can_be_followed(gitflow, tmp_path: Path, unused_port: int):
    config, definitions = blocks("yaml")
    gitflow.write("server-config.yaml", config.replace("8080", str(unused_port)))
    gitflow.write("shop/.workflows/build.yaml", definitions)
    url = f"http://127.0.0.1:{unused_port}"
    key, agent, job = (block.replace("http://127.0.0.1:8080", url) for block in blocks("sh"))
    script = (
        "trap 'kill $(jobs -p); wait' EXIT\n"
        f"{key}"
        f"until curl -fs {url}/readyz >/dev/null; do sleep 0.1; done\n"
        f"{agent}"
        f"{job.replace('--admin', '--admin --no-password')}"
    )
    done = gitflow.follow(script, {"GITFLOW_STATE": ""})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "train | trained" in done.stdout
    ran, workers = printed(done.stdout)
    [agent_id] = {step["worker_id"] for step in ran["steps"]}
    assert [each["tags"] for each in workers if each["worker_id"] == agent_id] == [["gpu"]]


def test_the_unit_starts_the_command_with_options_that_it_has(gitflow):
    unit = (ROOT / "deploy" / "gitflow-agent.service").read_text()
    [line] = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    words = re.findall(r"--[a-z-]+", line)
    shown = gitflow("agent", "--help").stdout
    assert words
    assert [word for word in words if word not in shown] == []
    assert "KillMode=control-group" in unit


def test_the_page_tells_of_every_option():
    from gitflow.cli.commands.agent import agent

    told = ("--pass-env", "--name", "--log-format", "--help")
    names = [name for option in agent.params for name in option.opts if name.startswith("--")]
    assert [name for name in names if name not in PAGE and name not in told] == []
