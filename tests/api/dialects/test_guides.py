"""The sessions of the guides of the smaller APIs answer what their comments say."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from running import Running

GUIDES = Path(__file__).parents[3] / "docs" / "how-to"
pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def block(page: str, language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", (GUIDES / page).read_text(), re.DOTALL | re.MULTILINE)
    return found


def answers(page: str, server: Running, folder: Path) -> list[tuple[str, str]]:
    """(what the comment says, what the command printed) of each line that has a comment."""
    script = block(page, "sh").replace("http://localhost:8080", server.url)
    expected = re.findall(r"^curl.*? +# (.*)$", script, re.MULTILINE)
    script = re.sub(r"^(curl.*? )  *# .*$", r"\1; echo '=== end'", script, flags=re.MULTILINE)
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, timeout=60, check=True, cwd=folder, env={"TOKEN": "x"}
    )
    return list(zip(expected, done.stdout.split("=== end\n"), strict=False))


def test_jobs_triggers_connections(serve: Callable[..., Running], tmp_path: Path) -> None:
    page = "jobs-triggers-connections.md"
    found = answers(page, serve(block(page, "yaml")), tmp_path)
    assert len(found) == 9
    for expected, printed in found:
        assert printed.startswith(expected)


def test_agents_messages_workflows(serve: Callable[..., Running], tmp_path: Path) -> None:
    page = "agents-messages-workflows.md"
    server = serve(block(page, "yaml"))
    server.finished(server.execute("alert"))
    *found, (file, _) = answers(page, server, tmp_path)
    assert len(found) == 7
    for expected, printed in found:
        assert printed.startswith(expected)
    assert (tmp_path / file).exists()
