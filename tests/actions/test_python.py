from __future__ import annotations

import base64
import hashlib
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest


def run(bench: Any, code: str, **given: Any) -> Any:
    fields = {"code": code, **given.pop("fields", {})}
    return bench.run(type="python", fields=fields, **given)


def make_wheel(folder: Path, name: str, text: str) -> Path:
    """A package of one module, as an installer takes it."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": text,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    hashes = {
        file: base64.urlsafe_b64encode(hashlib.sha256(data.encode()).digest()).decode().rstrip("=")
        for file, data in files.items()
    }
    files[f"{info}/RECORD"] = "".join(f"{file},sha256={each},\n" for file, each in hashes.items())
    with zipfile.ZipFile(path, "w") as wheel:
        for file, data in files.items():
            wheel.writestr(file, data)
    return path


@pytest.fixture
def without_uv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache of its own, and no uv whatever this machine has."""
    monkeypatch.setattr(shutil, "which", lambda *_args, **_given: None)
    monkeypatch.setenv("GITFLOW_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache/python"


def test_code_runs_and_hands_on_an_output(bench: Any) -> None:
    code = """
import json, os
given = json.load(open(os.environ["GITFLOW_INPUT"]))
with open(os.environ["GITFLOW_OUTPUT"], "w") as file:
    json.dump({"twice": given["n"] * 2}, file)
"""
    assert run(bench, code, input={"n": 21}).output == {"twice": 42}


def test_a_traceback_tells_file_and_line(bench: Any) -> None:
    outcome = run(bench, "x = 1\nraise ValueError(x)")
    assert outcome.exit_code == 1
    assert 'code.py", line 2' in outcome.error
    assert outcome.error.endswith("ValueError: 1")


def test_lines_show_at_once(bench: Any) -> None:
    bench.runner.start(bench.context(type="python", fields={"code": "import time; print('up'); time.sleep(1000)"}))
    bench.await_line(b"up")


def test_the_packages_of_gitflow_are_not_seen(bench: Any) -> None:
    run(bench, "import sys; print(sys.prefix, sys.version_info[:3])")
    assert bench.log().decode() == f"{sys.base_prefix} {sys.version_info[:3]}\n"


def test_a_script_sees_the_modules_beside_it_and_leaves_no_trace_there(bench: Any) -> None:
    (bench.folder / "files/tools").mkdir()
    (bench.folder / "files/tools/beside.py").write_text("NAME = 'beside'")
    (bench.folder / "files/tools/run.py").write_text("import beside, os; print(beside.NAME, os.getcwd())")
    outcome = bench.run(type="python", fields={"script": "tools/run.py"})
    assert outcome.error is None
    assert bench.log().decode() == f"beside {bench.folder / 'work'}\n"
    assert sorted(path.name for path in (bench.folder / "files/tools").iterdir()) == ["beside.py", "run.py"]


@pytest.mark.parametrize("listed", [["-r /etc/passwd"], ["--index-url=x"], ["a\nb"], [""], "requests"])
def test_what_is_no_dependency_is_refused(bench: Any, listed: Any) -> None:
    assert "dependenc" in run(bench, "pass", fields={"dependencies": listed}).error


def test_dependencies_are_installed_once_also_for_steps_at_the_same_time(bench: Any, without_uv: Path) -> None:
    wheel = make_wheel(bench.folder / "wheels", "tinydep", "NAME = 'tiny'")
    fields = {"code": "import tinydep; print(tinydep.NAME)", "dependencies": [f"tinydep @ file://{wheel}"]}
    for step in ("first", "second"):
        bench.runner.start(bench.context(type="python", fields=fields, step=step))
    ended: list[Any] = []
    while len(ended) < 2:
        ended += bench.runner.wait(60.0)
    assert [finished.outcome.error for finished in ended] == [None, None]
    assert bench.log() == b"tiny\ntiny\n"
    (environment,) = (path for path in without_uv.iterdir() if path.is_dir())
    wheel.rename(f"{wheel}.away")
    assert bench.run(type="python", fields=fields, step="third").error is None
    Path(f"{wheel}.away").rename(wheel)
    (environment / "ready").unlink()  # as if its installation had been interrupted
    (environment / "bin/python").unlink()
    assert bench.run(type="python", fields=fields, step="fourth").error is None


def test_a_dependency_that_cannot_be_installed_fails_the_step_and_says_why(bench: Any, without_uv: Path) -> None:
    fields = {"dependencies": ["tinydep @ file:///no/such/tinydep-1.0-py3-none-any.whl"]}
    outcome = run(bench, "print('never')", fields=fields)
    assert outcome.exit_code == 1
    assert "could not be installed: tinydep" in outcome.error
    assert "No such file" in bench.log("stderr").decode()
    assert bench.log() == b""
    assert [path for path in without_uv.iterdir() if path.is_dir()] == []


def test_uv_is_given_the_dependencies_when_it_is_there(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = bench.folder / "uv"
    uv.write_text('#!/bin/sh\nprintf "%s\\n" "$@"')
    uv.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda *_args, **_given: str(uv))
    run(bench, "pass", fields={"dependencies": ["requests>=2.31", "rich"]})
    words = bench.log().decode().splitlines()
    assert [words[at + 1] for at, word in enumerate(words) if word == "--with"] == ["requests>=2.31", "rich"]
    assert words[-3:-1] == ["python", "-s"]
