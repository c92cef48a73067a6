# ruff: noqa: E501
"""What gitflow writes for an attempt that is given secrets lies in memory, and is gone afterwards."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from gitflow.app import open_app
from gitflow.core.language.definition import Action
from gitflow.runners.base import Assignment
from gitflow.runtime.worker import memory_files
from gitflow.runtime.worker.step_dirs import MEMORY, StepDirs
from house import killed

SECRET = "Zq7Wk9Xv3Rt5-s3cret"

pytestmark = pytest.mark.skipif(not memory_files.is_available(MEMORY), reason="there is no /dev/shm in memory here")

#: Uses its secret in every way in which gitflow itself would write it; says where, and whether the disk has it.
FLOW = """
secrets:
  token: '{{ env.THE_TOKEN }}'
actions:
  use:
    type: shell
    input: {password: {}, plain: {}}
    cmd: |
      echo "$GITFLOW_INPUT"
      stat -c '%a %F' "$GITFLOW_INPUT" "$(dirname "$GITFLOW_INPUT")" "$(dirname "$(dirname "$GITFLOW_INPUT")")"
      printf '%s' {{ input.password }} > FOLDER/wanted
      if grep -rlFf FOLDER/wanted STATE; then echo "it is on the disk"; fi
      python3 -c '
      import json, os, subprocess, sys
      path = os.environ["GITFLOW_INPUT"]
      first, second = json.load(open(path)), json.load(open(os.path.realpath(path)))
      assert first == second
      child = subprocess.run([sys.executable, "-c", "print(open(__import__(\\"os\\").environ[\\"GITFLOW_INPUT\\"]).read())"], capture_output=True, text=True, start_new_session=True)
      assert json.loads(child.stdout) == first
      print(len(first["password"]))
      '
tasks:
  t:
    flow:
      s: {action: use, input: {password: '{{ secret.token }}', plain: x}}
  pasted:
    flow:
      s: {type: shell, cmd: 'echo "$0"; echo {{ secret.token | raw }} | wc -c; grep -rlF {{ secret.token | raw }} STATE || echo none'}
  python:
    flow:
      s: {type: python, input: {password: '{{ secret.token }}'}, code: 'print(__file__, open(__import__("os").environ["GITFLOW_INPUT"]).read())'}
  plain:
    flow:
      s: {action: use, input: {password: nothing, plain: x}}
  waits:
    flow:
      s: {type: shell, input: {password: '{{ secret.token }}'}, cmd: 'cat "$GITFLOW_INPUT" > /dev/null; echo up > GATE; sleep 600'}
"""


@pytest.fixture
def house(house, tmp_path: Path):
    house.environ.update(THE_TOKEN=SECRET)
    flow = FLOW.replace("FOLDER", str(tmp_path)).replace("STATE", str(house.state)).replace("GATE", f"{tmp_path}/gate")
    house.write(flow)
    return house


def left_of(*job_ids: str) -> list[str]:
    return [name for name in os.listdir(MEMORY) if any(job_id in name for job_id in job_ids)]


def test_the_input_lies_in_memory_where_every_program_can_read_it_again_and_again(house) -> None:
    job = house.run("t")
    assert job.status == "completed", job.steps["s"].error_message
    path, *modes = house.log(job.id).splitlines()
    assert path == f"/dev/shm/gitflow-{job.id}/s.1/input.json"
    assert modes == ["600 regular file", "700 directory", "700 directory", str(len(SECRET))]
    assert left_of(job.id) == []


def test_a_script_with_pasted_values_lies_there_too(house) -> None:
    job = house.run("pasted")
    assert house.log(job.id).splitlines() == [f"/dev/shm/gitflow-{job.id}/s.1/cmd.sh", str(len(SECRET) + 1), "none"]
    assert left_of(job.id) == []


def test_python_code_and_its_input_lie_together(house) -> None:
    job = house.run("python")
    assert house.log(job.id) == f'/dev/shm/gitflow-{job.id}/s.1/code.py {{"password": "••••••"}}'
    assert left_of(job.id) == []


def test_without_secrets_nothing_lies_there(house) -> None:
    job = house.run("plain")
    assert house.log(job.id).startswith(f"{house.state}/run/{job.id}/s.1/input.json\n")
    assert "it is on the disk" in house.log(job.id)


def test_a_process_that_is_killed_leaves_no_secret_on_the_disk_and_the_next_command_clears_the_memory(
    house, tmp_path: Path
) -> None:
    house.write((house.folder / ".workflows/a.yaml").read_text().replace("  t:\n", "  t-:\n").replace("waits:", "t:"))
    killed(house, tmp_path / "gate")
    [job_id] = os.listdir(house.state / "run")
    assert left_of(job_id) == [f"gitflow-{job_id}"]
    assert Path(MEMORY, f"gitflow-{job_id}", "s.1", "input.json").read_text().count(SECRET) == 1
    found = subprocess.run(["grep", "-rlF", SECRET, str(house.state)], capture_output=True, text=True, check=False)
    assert found.stdout == ""
    with house.store():
        assert left_of(job_id) == []


def test_a_folder_that_others_may_enter_is_refused_and_nothing_is_written(house) -> None:
    """Another user may have made it before."""
    with house.open() as app:
        job = house.execute(app, "t")
        made = Path(MEMORY, f"gitflow-{job.id}")
        made.mkdir()
        made.chmod(0o755)
        house.finish(app)
        error = app.opened.job(job.id).steps["s"].error_message
    assert f"the folder {made} belongs to another user, or others may enter it" in error
    assert not made.exists(), "it was empty, and is removed with the job's other folders"


def test_where_there_is_no_memory_it_lies_in_the_private_folder_of_the_attempt(tmp_path: Path, house) -> None:
    """A folder on a disk is no memory, whatever its name."""
    assert not memory_files.is_available(str(tmp_path))
    assert not memory_files.is_available("/nowhere")
    with open_app(house.config(), house.environ, {}) as app:
        job = house.execute(app, "t")
        checkouts = app.opened.step_dirs._checkouts
        stores = app.opened.stores
        (tmp_path / "other").mkdir()
        folders = StepDirs(str(tmp_path / "other"), checkouts, stores, str(tmp_path))
        laid_out = folders.lay_out(
            Assignment(job.id, "s", 1, job.workspace, job.revision, Action("shell"), has_secrets=True)
        )
        assert laid_out.private == laid_out.scratch
        assert stat.S_IMODE(os.stat(laid_out.private).st_mode) == 0o700
        folders.clear((job.id, "s", 1))
        folders.clear_job(job.id)
        house.finish(app)
