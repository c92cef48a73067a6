"""The commands that change definitions, on a server with a real remote."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[2] / "api/changes"))

from desk import ONE, Desk

from gitflow.cli import main
from gitflow.cli.console.exits import run_guarded


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def gitflow(desk, monkeypatch, capfd) -> Callable[..., tuple[int, str, str]]:
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setenv("GITFLOW_SERVER", desk.server.url)
        capfd.readouterr()
        status = run_guarded(lambda: main.run_click(list(words)))
        sys.stdout.flush()
        return (status, *capfd.readouterr())

    return run


def test_a_trigger_is_disabled_and_enabled_by_commits(desk: Desk, gitflow: Any) -> None:
    status, out, err = gitflow("disable", "nightly", "-w", "shop", "-m", "Stop it")
    tip = desk.remote.tip()
    assert (status, out) == (0, f"{tip}\n"), err
    assert err == "disable: shop/nightly is committed on branch main, active\n"
    assert desk.server.get(f"{ONE}/triggers/nightly").json["enabled"] is False
    assert desk.remote.git(desk.remote.bare, "log", "-1", "--format=%s", "main") == "Stop it"
    assert gitflow("disable", "nightly", "-w", "shop")[1:] == (f"{tip}\n", "disable: shop/nightly is so already\n")
    made = json.loads(gitflow("enable", "nightly", "-w", "shop", "-o", "json")[1])
    assert (made["status"], made["base"], made["revision"]) == ("committed", tip, desk.remote.tip())


def test_what_is_refused_is_told_with_its_reason(desk: Desk, gitflow: Any) -> None:
    desk.others = True
    for words, wanted, said in (
        (("disable", "nightly"), 2, "several workspaces have the trigger"),
        (("disable", "nowhere"), 2, "no trigger named 'nowhere'"),
        (("disable", "nightly", "-w", "plain"), 1, "workspaces.plain.writable allows it"),
    ):
        status, out, err = gitflow(*words)
        assert (status, out, said in err) == (wanted, "", True), err
    desk.remote.hook("pre-receive", "echo 'no changes on fridays' >&2; exit 1")
    status, out, err = gitflow("enable", "nightly", "-w", "shop")
    assert (status, "is so already" in err) == (0, True), err
    status, out, err = gitflow("disable", "nightly", "-w", "shop")
    assert (status, out, "no changes on fridays" in err) == (1, "", True), err


def test_a_proposal_names_its_branch(desk: Desk, gitflow: Any) -> None:
    desk.settings["writable"] = True
    status, out, err = gitflow("disable", "nightly", "-w", "shop")
    branch = f"gitflow/gitflow/disable-trigger-nightly-{out[:8]}"
    assert (status, err) == (0, f"disable: shop/nightly is proposed on branch {branch}\n")
    assert desk.remote.tip(branch) == out.strip()
