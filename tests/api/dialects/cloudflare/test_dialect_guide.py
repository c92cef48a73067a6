"""The session of docs/how-to/cloudflare-workflows.md does what the page says."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from running import Running

PAGE = Path(__file__).parents[4] / "docs" / "how-to" / "cloudflare-workflows.md"


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return found


def test_the_session_prints_what_its_comments_say(serve: Callable[..., Running]) -> None:
    server = serve(block("yaml"))
    session = block("python").replace("http://localhost:8080", server.url)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(session, str(PAGE), "exec"), {})
    said = re.findall(r"^ +print\(.*\) +# (.*)$", session, re.MULTILINE)
    assert printed.getvalue().split() == " ".join(said).split()
    assert len(said) == 5


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_commands_answer_as_the_page_says(serve: Callable[..., Running]) -> None:
    server = serve(block("yaml"))
    script = block("sh").replace("http://localhost:8080", server.url).replace("curl -s", "curl -s -w '\\n'")
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=30, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line]
    assert len(answers) == 8
    assert all(one["success"] for one in answers)
    assert answers[1]["result"]["id"] == "ship-2"
    assert answers[5]["result"] == {"status": "ok"}
    assert len(answers[7]["result"]) == 1
