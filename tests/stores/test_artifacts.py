import os
import time
from pathlib import Path

import pytest

from gitflow.core.jobs.job import StepRun, Steps
from gitflow.core.record import replace
from gitflow.core.status import JobStatus, StepStatus
from gitflow.stores.artifacts import checked

DONE = {"status": StepStatus.COMPLETED, "attempt": 1}


def write(folder, **files):
    for name, content in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return str(folder)


def below(folder):
    return {
        os.path.relpath(os.path.join(place, file), folder): Path(place, file).read_text()
        for place, _, files in os.walk(folder)
        for file in files
    }


def kept_files(state_dir):
    return sorted(below(os.path.join(state_dir, "artifacts")).values())


def swept(stores):
    """How many files no row names."""
    return sum(stores.artifacts.sweep(place, time.time() + 60)[0] for place in stores.artifacts.places())


def test_what_a_step_left_is_laid_out_for_the_next(stores, job_of, tmp_path):
    job = job_of(steps=Steps.of({"build": StepRun("build", **DONE), "test": StepRun("test", **DONE)}))
    stores.jobs.create(job, [])
    left = write(tmp_path / "left", report="fine", deep__er="too")
    (tmp_path / "left" / "report").chmod(0o755)
    kept = stores.artifacts.keep(job.id, "build", 1, left)
    assert [(one.name, one.size, one.mode) for one in kept] == [("deep/er", 3, 0o644), ("report", 4, 0o755)]
    stores.artifacts.keep(job.id, "test", 1, write(tmp_path / "other", x="y"))
    stores.artifacts.lay_out(job.id, ["build"], str(tmp_path / "needs"))
    assert below(tmp_path / "needs") == {"build/report": "fine", "build/deep/er": "too"}
    assert (tmp_path / "needs/build/report").stat().st_mode & 0o777 == 0o755


def test_a_step_may_change_what_it_was_given(stores, job_of, tmp_path):
    job = job_of(steps=Steps.of({"build": StepRun("build", **DONE)}))
    stores.jobs.create(job, [])
    stores.artifacts.keep(job.id, "build", 1, write(tmp_path / "left", a="first"))
    for target in ("one", "two"):
        stores.artifacts.lay_out(job.id, ["build"], str(tmp_path / target))
        assert below(tmp_path / target) == {"build/a": "first"}
        (tmp_path / target / "build/a").write_text("changed")


def test_only_the_last_attempt_counts(stores, job_of, save, tmp_path):
    job = job_of(steps=Steps.of({"build": StepRun("build", **DONE)}))
    stores.jobs.create(job, [])
    stores.artifacts.keep(job.id, "build", 1, write(tmp_path / "left", old="1"))
    save(stores.jobs, job, build={"attempt": 2})
    stores.artifacts.lay_out(job.id, ["build"], str(tmp_path / "needs"))
    assert below(tmp_path / "needs") == {}
    assert [(step, attempt, one.name) for step, attempt, one in stores.artifact_names.artifacts(job.id)] == [
        ("build", 1, "old")
    ]


def test_instances_of_a_loop_have_folders_of_their_own(stores, job_of, tmp_path):
    loop = {f"all[{at}]": StepRun(f"all[{at}]", loop_of="all", loop_index=at, **DONE) for at in (0, 1)}
    job = job_of(steps=Steps.of({"all": StepRun("all", loop_total=2, **DONE), **loop}))
    stores.jobs.create(job, [])
    for name in loop:
        stores.artifacts.keep(job.id, name, 1, write(tmp_path / name, out=name))
    stores.artifacts.lay_out(job.id, ["all"], str(tmp_path / "needs"))
    assert below(tmp_path / "needs") == {"all/0/out": "all[0]", "all/1/out": "all[1]"}


def test_a_job_that_begins_with_anothers_steps_has_their_artifacts(stores, job_of, tmp_path):
    steps = {"build": StepRun("build", **DONE), "test": StepRun("test", status=StepStatus.FAILED, attempt=2)}
    before = job_of(steps=Steps.of(steps))
    after = job_of(steps=Steps.of({"build": replace(steps["build"], attempt=4), "test": StepRun("test")}))
    for job in (before, after):
        stores.jobs.create(job, [])
    for step, attempt in (("build", 1), ("test", 2)):
        stores.artifacts.keep(before.id, step, attempt, write(tmp_path / step, out=step))
    stores.jobs.carry_artifacts(before.id, after.id)
    stores.artifacts.lay_out(after.id, ["build", "test"], str(tmp_path / "needs"))
    assert below(tmp_path / "needs") == {"build/out": "build"}


def test_links_and_special_files_are_left_out_and_told_of(stores, job_of, tmp_path):
    job = job_of("build")
    stores.jobs.create(job, [])
    left = write(tmp_path / "left", fine="1")
    os.symlink("/etc/passwd", f"{left}/link")
    os.symlink("/etc", f"{left}/folder")
    os.mkfifo(f"{left}/pipe")
    (tmp_path / "left" / os.fsdecode(b"b\xff")).write_text("2")
    told = []
    assert [one.name for one in stores.artifacts.keep(job.id, "build", 1, left, told.append)] == ["fine"]
    assert len(told) == 4
    assert "artifact 'link' is left out: it is a symbolic link" in told
    assert "artifact 'pipe' is left out: it is not a regular file" in told


def test_the_same_content_is_kept_once_and_removed_with_its_last_name(stores, job_of, tmp_path, state_dir):
    one, other = (job_of("build", status=JobStatus.FAILED) for _ in range(2))
    for job in (one, other):
        stores.jobs.create(job, [])
        stores.artifacts.keep(job.id, "build", 1, write(tmp_path / "left", a="same", b="same"))
    assert kept_files(state_dir) == ["same"]
    stores.jobs.delete([one.id])
    assert swept(stores) == 0
    stores.jobs.delete([other.id])
    assert swept(stores) == 1
    assert kept_files(state_dir) == []


def test_what_was_kept_in_a_commit_that_failed_is_removed(stores, job_of, tmp_path, state_dir):
    job = job_of("build")
    stores.jobs.create(job, [])

    def break_off():
        with stores.jobs.transaction():
            stores.artifacts.keep(job.id, "build", 1, write(tmp_path / "left", a="lost"))
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        break_off()
    assert stores.artifact_names.artifacts(job.id) == []
    assert swept(stores) == 1
    assert kept_files(state_dir) == []


def test_what_is_staged_is_not_removed_until_it_was_left_behind(stores, job_of, tmp_path, state_dir):
    job = job_of(steps=Steps.of({"build": StepRun("build", **DONE)}))
    stores.jobs.create(job, [])
    staged = stores.artifacts.stage(write(tmp_path / "left", a="1"))
    now = os.stat(staged[0][1]).st_mtime
    assert stores.artifacts.remove_left_behind(now + 60) == (0, 0)
    stores.artifacts.keep_staged(job.id, "build", 1, staged)
    stores.artifacts.stage(write(tmp_path / "left", a="left behind"))
    assert stores.artifacts.remove_left_behind(now + 100_000)[0] == 1
    assert kept_files(state_dir) == ["1"]


def test_the_bytes_and_the_names_of_files_are_synced_before_the_row_commits(
    stores, job_of, tmp_path, state_dir, monkeypatch
):
    job = job_of(steps=Steps.of({"build": StepRun("build", **DONE)}))
    stores.jobs.create(job, [])
    done = []

    def fsync(fd):
        done.append(os.fstat(fd).st_ino)
        real(fd)

    real = os.fsync
    monkeypatch.setattr(os, "fsync", fsync)
    driver = type(stores.jobs._driver)
    commit = driver.commit
    monkeypatch.setattr(driver, "commit", lambda self: done.append("COMMIT") or commit(self))
    [kept] = stores.artifacts.keep(job.id, "build", 1, write(tmp_path / "left", a="content"))
    folder = Path(state_dir) / "artifacts"
    named = folder / kept.digest[:2] / kept.digest
    before = done[: done.index("COMMIT")]
    places = [state_dir, folder, folder / kept.digest[:2], named]
    assert [os.stat(place).st_ino in before for place in places] == [True] * 4
    assert before.index(os.stat(named).st_ino) < before.index(os.stat(named.parent).st_ino)


def test_a_large_file_is_kept_byte_by_byte(stores, job_of, tmp_path):
    job = job_of("build")
    stores.jobs.create(job, [])
    content = os.urandom(3_000_001)
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "big").write_bytes(content)
    [kept] = stores.artifacts.keep(job.id, "build", 1, str(tmp_path / "left"))
    with open(stores.artifacts.open(kept.digest), "rb") as file:
        assert file.read() == content


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a\0b"])
def test_a_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(ValueError, match="cannot be the name"):
        checked(name)
