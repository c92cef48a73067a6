from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gitflow.actions.registry import encoders_of, find
from gitflow.core.errors import NotFound
from gitflow.core.language.definition import ACTION_TYPES

SCHEMAS = Path(__file__).parents[2] / "schemas/actions"


def test_every_type_that_runs_in_a_worker_has_its_module_and_its_schema() -> None:
    running = [known.name for known in ACTION_TYPES.values() if not known.suspends]
    assert running == ["shell", "python", "http", "docker"]
    for type in running:
        assert callable(find(type).prepare)
        assert (SCHEMAS / f"{type}.json").is_file()


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(NotFound, match="'ftp'"):
        find("ftp")
    with pytest.raises(NotFound, match="'approval'"):
        find("approval")


def test_a_value_in_a_url_is_percent_encoded() -> None:
    assert encoders_of("http")["url"]("a/b?c=d&e é") == "a%2Fb%3Fc%3Dd%26e%20%C3%A9"
    assert encoders_of("shell") == {}


def test_a_run_of_shell_steps_imports_nothing_that_it_does_not_need() -> None:
    code = "import sys; from gitflow.actions import shell; from gitflow.runners import runner; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    unwanted = {"typing", "pathlib", "uuid", "asyncio", "http.client", "ssl", "socket", "base64", "urllib.parse"}
    assert loaded & (unwanted | {"gitflow.actions.http", "gitflow.actions.python"}) == set()
