"""Jobs, while what they were made from is pushed away under them."""

from __future__ import annotations

import subprocess
import threading

import pytest

from gitflow.runtime.workspaces.cleanup import Cleanup

TASK = """\
tasks:
  t:
    flow:
      first:
        type: shell
        cmd: |
          echo "OUTPUT: {{\\"file\\": $(cat number), \\"task\\": {number}}}"
      second:
        type: shell
        depends_on: [first]
        cmd: |
          echo "OUTPUT: {{\\"file\\": $(cat number), \\"task\\": {number}}}"
"""


@pytest.fixture
def repository(tmp_path):
    subprocess.run(["git", "init", "-q", "-b", "main", tmp_path / "work"], check=True)
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", tmp_path / "origin.git"], check=True)
    return tmp_path


def push(folder, number, is_broken=False):
    work = folder / "work"
    (work / ".workflows").mkdir(exist_ok=True)
    (work / ".workflows/a.yaml").write_text("tasks: [\n" if is_broken else TASK.format(number=number))
    (work / "number").write_text(str(number))
    for command in (
        ("checkout", "-q", "--orphan", f"line-{number}"),  # nothing of the one before is reachable any more
        ("add", "-A"),
        ("commit", "-q", "-m", str(number)),
        ("push", "-q", "-f", f"{folder}/origin.git", "HEAD:main"),
    ):
        subprocess.run(["git", *command], cwd=work, check=True)


def test_no_job_ever_sees_another_revision_than_its_own(serve, repository):
    push(repository, 0)
    git = {"type": "git", "url": f"file://{repository}/origin.git", "poll_interval_secs": 3600}
    running = serve(settings={"workspaces": {"default": git}})
    running.refresh()
    service = running.service
    jobs, over = [], threading.Event()

    def execute_on():
        while not over.is_set() or len(jobs) < 20:
            jobs.append(running.execute("t"))

    executing = threading.Thread(target=execute_on)
    executing.start()
    opened = service.app.opened
    tidy = Cleanup(service.served, opened.snapshots, opened.checkouts)
    for number in range(1, 9):
        push(repository, number, is_broken=number % 3 == 0)
        running.refresh()
        of_jobs = service.commit_queue.submit(lambda turn: opened.stores.revisions.of_jobs()).result(20)
        tidy(of_jobs, 0.0, unused_s=10.0)
    over.set()
    executing.join()
    seen = set()
    for job_id in jobs:
        job = running.finished(job_id)
        assert job["status"] == "completed", job
        outputs = [step["output"] for step in job["steps"]]
        assert outputs[0] == outputs[1]
        assert outputs[0]["file"] == outputs[0]["task"]
        seen.add((job["revision"], outputs[0]["task"]))
    assert len({revision for revision, _ in seen}) == len(seen)
    assert {number for _, number in seen}.isdisjoint({3, 6})
