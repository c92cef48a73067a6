"""The session of docs/how-to/workflow-runs.md does what the page says."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from running import Running

PAGE = Path(__file__).parents[4] / "docs" / "how-to" / "workflow-runs.md"


def block(language: str, server: Running) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return found.replace("http://localhost:8080", server.url)


def test_the_session_prints_what_its_comments_say(serve: Callable[..., Running]) -> None:
    (definitions,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    session = block("python", server := serve(definitions))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(session, str(PAGE), "exec"), {})
    assert printed.getvalue().split() == re.findall(r"^ +print\(.*# (\w+)$", session, re.MULTILINE)
    assert len(printed.getvalue().split()) == 5
    server.stop()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_commands_answer_as_the_page_says(serve: Callable[..., Running]) -> None:
    (definitions,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    script = block("sh", serve(definitions)).replace("curl -s", "curl -s -w '\\n%{http_code}\\n'")
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=30, check=True)
    first, status, listed, _, page, _ = done.stdout.splitlines()
    assert first.startswith('{"id":')
    assert status == "201"
    assert listed.startswith("[")
    assert page.startswith('{"data":[{"id":')
    assert page.endswith('"has_more":false}')
