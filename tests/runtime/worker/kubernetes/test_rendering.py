"""The workload of an attempt: the command, the variables and the files of a container, or why no pod can run it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gitflow.core.errors import InvalidInput
from gitflow.core.language.definition import Action, Script
from gitflow.core.record import replace
from gitflow.dispatch.kubernetes.manifests import Workload
from gitflow.runners.base import Assignment
from gitflow.runtime.worker.kubernetes.rendering import Limits, context_of, workload_of
from gitflow.workspaces.checkouts import Checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    for folder in ("files/sub", "workflows"):
        (tmp_path / "checkout" / folder).mkdir(parents=True)
    (tmp_path / "checkout/files/run.sh").write_text("echo hi\n")
    (tmp_path / "checkout/workflows/own.sh").write_text("#!/bin/sh\n")
    (tmp_path / "checkout/workflows/own.sh").chmod(0o755)
    return Checkout(str(tmp_path / "checkout"))


def assignment(cmd: str | None = "echo $$", kind: str = "shell", **given: Any) -> Assignment:
    fields = {"runner": "docker", "image": "app:1", **given.pop("fields", {})}
    action = Action(kind, script=None if cmd is None else Script(cmd))
    return Assignment("job", "s", 1, "w", "r", action, script=cmd, fields=fields, **given)


def rendered(given: Assignment, checkout: Checkout, tmp_path: Path, limits: Limits = Limits()) -> Workload:  # noqa: B008
    folder = tmp_path / "attempt"
    folder.mkdir()
    return workload_of(context_of(given, checkout, str(folder)), "token", limits, has_needs=False)


def test_a_script_is_a_word_and_paths_are_those_of_the_pod(checkout, tmp_path):
    given = assignment(input={"a": 1}, env={"A": "b"}, timeout_s=5.0)
    workload = rendered(given, checkout, tmp_path)
    assert (workload.command, workload.arguments) == (("sh",), ("-e", "-c", "--", "echo $$", "s"))
    assert workload.workdir == "/gitflow/work"
    assert workload.folders == {"files": "/gitflow/work"}
    assert workload.env["A"] == "b"
    assert workload.env["GITFLOW_INPUT"] == "/gitflow/given/input.json"
    assert workload.env["GITFLOW_OUTPUTS"] == "/gitflow/output/outputs"
    assert json.loads(workload.files["input.json"]) == {"a": 1}
    assert str(tmp_path) not in json.dumps([workload.arguments, dict(workload.env)])


def test_a_script_of_the_workspace_is_where_its_files_are(checkout, tmp_path):
    given = replace(assignment(None, fields={"script": "run.sh", "workdir": "sub"}), action=Action("shell"))
    workload = rendered(given, checkout, tmp_path)
    assert (*(workload.command or ()), *workload.arguments) == ("sh", "-e", "/gitflow/work/run.sh")
    assert workload.workdir == "/gitflow/work/sub"
    assert workload.folders == {"files": "/gitflow/work", "workflows": "/gitflow/workflows"}


def test_a_script_of_the_workflows_that_can_be_executed_is_the_command(checkout, tmp_path):
    given = replace(assignment(None, fields={"script": ".workflows/own.sh"}), action=Action("shell"), checkout="none")
    workload = rendered(given, checkout, tmp_path)
    assert (workload.command, workload.arguments) == (("/gitflow/workflows/own.sh",), ())
    assert workload.folders == {"files": "/gitflow/files", "workflows": "/gitflow/workflows"}
    assert workload.workdir == "/gitflow/work"


def test_without_a_checkout_no_files_are_brought(checkout, tmp_path):
    assert rendered(assignment(checkout="none"), checkout, tmp_path).folders == {}


def test_an_image_starts_its_own_program(checkout, tmp_path):
    given = replace(assignment(None, "docker", fields={"cmd": ["--all"]}), action=Action("docker"))
    workload = rendered(given, checkout, tmp_path)
    assert (workload.command, workload.arguments) == (None, ("--all",))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"image": ""}, "a pod needs an `image`"),
        ({"image": "oci:app"}, "is not the name of an image"),
        ({"image": "other:1"}, "this server does not run the image 'other:1'"),
        ({"mounts": [{"source": "/a", "target": "/b"}]}, "`mounts` cannot be used in a pod"),
        ({"pids": 5}, "`pids` cannot be used in a pod"),
        ({"user": "app"}, "a pod needs numbers"),
        ({"network": "none"}, "there are default and host"),
        ({"network": "host"}, "allows no `network: host`"),
        ({"memory": "much"}, "is not an amount of memory"),
    ],
)
def test_what_no_pod_can_do_is_refused_in_words(checkout, tmp_path, fields, words):
    with pytest.raises(InvalidInput, match=words):
        rendered(assignment(fields=fields), checkout, tmp_path, Limits(("app:*",)))


def test_a_secret_in_the_words_of_a_command_is_refused(checkout, tmp_path):
    with pytest.raises(InvalidInput, match="contains a secret") as error:
        rendered(assignment("echo hunter2", masks=("hunter2",)), checkout, tmp_path)
    assert "hunter2" not in str(error.value)


def test_a_variable_that_no_container_can_have_is_refused(checkout, tmp_path):
    with pytest.raises(InvalidInput, match="'a b' is not a name"):
        rendered(assignment(env={"a b": "c"}), checkout, tmp_path)


def test_more_than_a_secret_can_hold_is_refused(checkout, tmp_path):
    with pytest.raises(InvalidInput, match="larger than 1 MiB"):
        rendered(assignment(input={"a": "x" * (1 << 20)}), checkout, tmp_path)
