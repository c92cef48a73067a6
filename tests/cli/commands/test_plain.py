"""Commands that read are the same with click and without, and without options they do without it."""

import re
import subprocess
import sys

import pytest

from gitflow.cli import main
from gitflow.cli.commands import plain
from gitflow.cli.commands.plain import plain_command

WORKSPACE = "tasks:\n  greet:\n    flow:\n      say: {type: shell, cmd: echo hello}\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A workspace to stand in, with one job that has run."""
    (tmp_path / ".workflows").mkdir()
    (tmp_path / ".workflows" / "flows.yaml").write_text(WORKSPACE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITFLOW_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("GITFLOW_SERVER", raising=False)
    subprocess.run([sys.executable, "-m", "gitflow.cli.main", "run", "greet"], check=True, capture_output=True)
    return tmp_path


def shown_by_click(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        main.run_click(list(words))
    return ended.value.code, without_ages(capsys.readouterr().out)


def without_ages(text):
    return re.sub(r"\d+(\.\d+)? (ms|s|min)\b", "AGE", re.sub(r" +", " ", text))


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["jobs"], ["--limit", "50"]),
        (["job", "last"], ["-o", "table"]),
        (["logs", "last"], ["--format", "jsonl"]),
        (["tasks"], ["-o", "table"]),
        (["actions"], ["-o", "table"]),
        (["triggers"], ["-o", "table"]),
    ],
    ids=lambda words: words[0],
)
def test_the_same_is_shown_with_click_and_without(here, capsys, words, option):
    command = plain_command(words[0], words[1:])
    assert command is not None
    assert (command(), without_ages(capsys.readouterr().out)) == shown_by_click(capsys, *words, *option)


@pytest.mark.parametrize(
    "words",
    [["jobs", "--limit", "1"], ["jobs", "more"], ["job"], ["job", "a", "b"], ["logs", "-f", "last"], ["tasks", "-h"]],
)
def test_click_reads_options_and_explains_wrong_words(words):
    assert plain_command(words[0], words[1:]) is None


def test_a_server_in_the_environment_is_asked_by_way_of_click(monkeypatch):
    monkeypatch.setenv("GITFLOW_SERVER", "http://127.0.0.1:1")
    assert plain_command("jobs", []) is None
    assert plain_command("tasks", []) is not None  # definitions are those of this machine


def test_each_of_them_is_tried_without_click_first():
    assert set(plain.COMMANDS) <= set(main.FAST)


def test_a_list_of_jobs_does_without_click(here):
    code = "import sys, gitflow.cli.commands.plain as p; p.plain_command('jobs', [])(); print('click' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert shown.stdout.splitlines()[-1] == "False"
