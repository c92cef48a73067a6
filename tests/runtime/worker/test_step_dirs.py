"""The folders of attempts, which later attempts of the same job may take over."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitflow.app import open_app
from gitflow.core.language.definition import Action
from gitflow.runners.base import Assignment
from gitflow.runners.process_spec import make_folder
from gitflow.runtime.worker.step_dirs import StepDirs, StepPaths

FLOW = """
tasks:
  t:
    flow:
      s: {type: shell, cmd: 'true'}
"""

Begin = Callable[[str], StepPaths]
Clear = Callable[[str], None]


@pytest.fixture
def made(tmp_path: Path, house) -> Iterator[tuple[StepDirs, Path, Begin, Clear]]:
    """The folders of a job; a function that begins one of its steps, and one that ends it."""
    house.write(FLOW)
    with open_app(house.config(), house.environ, {}) as app:
        job = house.execute(app, "t")
        (tmp_path / "other").mkdir()
        checkouts, stores = app.opened.step_dirs._checkouts, app.opened.stores
        folders = StepDirs(str(tmp_path / "other"), checkouts, stores, keeps_spares=True)

        def begin(name: str) -> StepPaths:
            paths = folders.lay_out(Assignment(job.id, name, 1, job.workspace, job.revision, Action("shell")))
            make_folder(f"{paths.scratch}/outputs")  # as the runner does
            return paths

        yield folders, tmp_path / "other" / "run" / job.id, begin, lambda name: folders.clear((job.id, name, 1))
        house.finish(app)


def test_an_attempt_that_begins_after_others_have_ended_takes_their_folders_over(made) -> None:
    folders, job, begin, clear = made
    begin("a")
    begin("b")
    clear("a")
    begin("c")
    held = os.open(job / "b.1" / "artifacts", os.O_RDONLY)  # so that no new folder can have its number
    clear("b")
    paths = begin("d")
    assert os.stat(paths.artifacts).st_ino == os.fstat(held).st_ino
    assert paths.scratch == str(job / "d.1")
    assert sorted(os.listdir(paths.scratch)) == ["artifacts", "outputs", "work"]
    assert os.listdir(paths.workdir) == []
    os.close(held)
    clear("c")
    clear("d")
    folders.clear_job(job.name)
    assert not job.exists()


def test_where_all_attempts_begin_at_once_no_folder_is_kept(made) -> None:
    _, job, begin, clear = made
    for name in "abc":
        begin(name)
    for name in "abc":
        clear(name)
    assert os.listdir(job) == [".empty"]


def test_what_a_process_that_died_has_kept_goes_with_the_job(made) -> None:
    folders, job, begin, clear = made
    begin("a")
    clear("a")
    begin("b")
    clear("b")
    assert len(os.listdir(job)) == 2
    folders._spares.clear()
    folders._have_ended.clear()
    folders.clear_job(job.name)
    assert not job.exists()
