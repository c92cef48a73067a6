from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gitflow.core.language.definition import Action, Script


def write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def test_a_script_stops_at_the_first_failing_line_unless_told_otherwise(bench: Any) -> None:
    assert bench.run("false\necho on").exit_code == 1
    assert bench.log() == b""
    assert bench.run("false\necho on", fields={"errexit": False}).exit_code == 0
    assert bench.log() == b"on\n"


@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
def test_the_shell_is_the_one_that_was_chosen(bench: Any, shell: str) -> None:
    bench.run(
        'readlink -f /proc/$$/exe; readlink -f "$(command -v "$SHELL_NAME")"',
        env={"SHELL_NAME": shell},
        fields={"shell": shell},
    )
    found, wanted = bench.log().splitlines()
    assert found == wanted


def test_words_run_without_a_shell(bench: Any) -> None:
    bench.run(fields={"cmd": ["printf", "%s|", "$HOME", "a  b", "*", 3, True]})
    assert bench.log() == b"$HOME|a  b|*|3|true|\n"


def test_a_text_has_no_length_limit(bench: Any) -> None:
    assert bench.run("echo on\n: " + "é" * 300_000 + "\n-x").exit_code == 127
    assert bench.log() == b"on\n"


def test_a_pasted_value_does_not_show_in_the_list_of_processes(bench: Any) -> None:
    action = Action("shell", script=Script("{{ secret.KEY | raw }}", raw=True))
    bench.run("tr '\\0' ' ' </proc/$$/cmdline # hunter22", action=action)
    assert b"hunter22" not in bench.log()
    assert b"cmd.sh" in bench.log()


@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
def test_an_error_tells_step_and_line_number(bench: Any, shell: str) -> None:
    bench.run("-x || true\n\nno-such-command\n", step="say-hello", fields={"shell": shell})
    assert bench.log("stderr").decode().replace("line ", "").splitlines()[1].startswith("say-hello: 3: no-such-command")


def test_standard_input_is_empty(bench: Any) -> None:
    assert bench.run("cat; echo end").error is None
    assert bench.log() == b"end\n"


def test_an_executable_script_runs_as_its_first_line_says(bench: Any) -> None:
    write(bench.folder / "files/tools/run.py", "#!/usr/bin/env python3\nprint(__file__)\n", 0o755)
    bench.run(fields={"script": "tools/run.py"})
    assert bench.log().decode().strip() == str(bench.folder / "files/tools/run.py")


def test_another_script_is_given_to_the_shell(bench: Any) -> None:
    write(bench.folder / "files/run.sh", "echo ${BASH_VERSION:+bash}; false; echo on\n")
    assert bench.run(fields={"script": "run.sh", "shell": "bash"}).exit_code == 1
    assert bench.log() == b"bash\n"


def test_a_script_may_lie_among_the_definitions(bench: Any) -> None:
    write(bench.folder / "elsewhere/lib/run.sh", "pwd")
    bench.run(fields={"script": ".workflows/lib/run.sh"}, workflows=str(bench.folder / "elsewhere"))
    assert bench.log().decode().strip() == str(bench.folder / "work")


def test_a_step_runs_in_its_working_directory(bench: Any) -> None:
    (bench.folder / "work/a b/c").mkdir(parents=True)
    bench.run("pwd", fields={"workdir": "./a b/x/../c"})
    assert bench.log().decode().strip() == str(bench.folder / "work/a b/c")


@pytest.mark.parametrize("workdir", ["..", "/", "/tmp", "a/../..", "link", "link/../link", "loop"])
def test_a_working_directory_outside_of_the_working_copy_is_refused(bench: Any, workdir: str) -> None:
    (bench.folder / "work/link").symlink_to("/")
    (bench.folder / "work/loop").symlink_to("../files")
    assert "is outside the working copy" in bench.run("true", fields={"workdir": workdir}).error


@pytest.mark.parametrize("workdir", ["missing", "file", "a\0b"])
def test_a_working_directory_that_is_none_is_refused(bench: Any, workdir: str) -> None:
    write(bench.folder / "work/file", "")
    assert f"workdir {workdir!r}" in bench.run("true", fields={"workdir": workdir}).error


@pytest.mark.parametrize("script", ["../secret", "/etc/passwd", "link", ".workflows/../../secret", "missing", "folder"])
def test_a_script_that_is_no_file_of_the_workspace_is_refused(bench: Any, script: str) -> None:
    write(bench.folder / "secret", "echo leaked")
    (bench.folder / "files/link").symlink_to("../secret")
    (bench.folder / "files/folder").mkdir()
    assert f"script {script!r}" in bench.run(fields={"script": script}).error


def test_there_is_no_terminal_to_ask_for_a_password(bench: Any) -> None:
    assert "/dev/tty" in bench.run("read answer </dev/tty; echo asked").error
    assert bench.log() == b""
