"""The tests of attempts again, with an agent in another process: assignments and reports travel as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import gitflow.app
from gitflow.core.jobs.events import CancelRequested
from gitflow.core.language.definition import Action, Field, Retry, Script
from gitflow.core.problems import Place
from gitflow.core.values import MASK
from gitflow.runners.base import Assignment, Outcome
from gitflow.runtime.worker import worker as worker_module
from gitflow.runtime.worker.agent import AgentSettings, Report, Stop
from gitflow.runtime.worker.wire import (
    dump_assignment,
    dump_report,
    dump_stop,
    load_assignment,
    load_report,
    load_stop,
)
from gitflow.stores.protocols.artifacts import Artifact
from house import House, LeapingClock, once

sys.path.insert(0, str(Path(__file__).parent))

from remote_agent import NearEnd
from test_attempts import *  # noqa: F403

#: It counts on the agent being in this process.
del globals()["test_a_step_that_cannot_start_for_a_passing_reason_is_tried_again"]


class RemoteHouse(House):
    """Each time it is opened, its worker has an agent in a process of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.ends: list[NearEnd] = []
        self.assigned = 0

    @contextmanager
    def open(self) -> Iterator[gitflow.app.App]:
        with super().open() as app:
            try:
                yield app
            finally:
                self.assigned += sum(end.assigned for end in self.ends)
                while self.ends:
                    self.ends.pop().close()

    def connect(self, *given, **named):
        runner, settings = given[1], given[5]

        def near_end(link):
            end = NearEnd(link, runner, str(self.state), AgentSettings(settings.home, settings.pass_env or {}))
            self.ends.append(end)
            return end

        return Worker(*given, **named, connect=near_end)


Worker = worker_module.Worker


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RemoteHouse:
    made = RemoteHouse(tmp_path)
    monkeypatch.setattr(gitflow.app, "Clock", LeapingClock)
    monkeypatch.setattr(worker_module, "Worker", made.connect)
    return made


def test_the_agent_is_in_another_process(house: RemoteHouse) -> None:
    house.write("tasks: {t: {flow: {s: {type: shell, cmd: 'ps -o ppid= -p $$ > $GITFLOW_OUTPUTS/parent'}}}}\n")
    with house.open() as app:
        job = house.execute(app, "t")
        agent = house.ends[0].process.pid
        house.finish(app)
        assert int(app.opened.job(job.id).steps["s"].output["parent"]) == agent
    assert house.assigned == 1


def test_a_cancel_reaches_what_runs_there(house: RemoteHouse, tmp_path: Path) -> None:
    house.write(
        f"tasks: {{t: {{flow: {{s: {{type: shell, cmd: 'echo > {tmp_path}/up; echo up; exec sleep 600'}}}}}}}}\n"
    )

    def cancel(app) -> None:
        [job_id] = app.orchestrator.open_ids()
        app.orchestrator.post_event(job_id, CancelRequested(app.opened.clock.now(), "ada"))

    job = house.run("t", each_turn=once(lambda app: (tmp_path / "up").exists(), cancel))
    assert (job.status, job.steps["s"].status) == ("cancelled", "cancelled")


def test_a_secret_is_masked_there(house: RemoteHouse) -> None:
    house.environ["PASSWORD"] = "open sesame"
    house.write(
        "secrets: {password: '{{ env.PASSWORD }}'}\n"
        "tasks: {t: {flow: {s: {type: shell, cmd: 'echo {{ secret.password }}'}}}}\n"
    )
    job = house.run("t")
    assert job.status == "completed", job.steps["s"].error_message
    assert house.log(job.id) == MASK


def test_every_field_of_an_assignment_survives_the_wire() -> None:
    where = Place("a.yaml", 3, 4)
    field = Field("n", "integer", options=(1, 2), minimum=0.5, where=where)
    action = Action(
        "shell",
        "a",
        input={"n": field},
        output={"n": field},
        env={"A": "{{ input.n }}"},
        tags=("gpu",),
        timeout_s=5.0,
        retry=Retry(3, on_exit_codes=(75,)),
        fields={"cmd": ["a", {"b": None}]},
        script=Script("echo $X", (("X", "input.n"),), raw=True),
        where=where,
    )
    given = Assignment(
        "job",
        "s[1]",
        2,
        "w",
        "abc",
        action,
        task="t",
        input={"n": [1, "é\udcff"]},
        fields={"cmd": "x"},
        env={"A": "1"},
        values={"X": "1"},
        script="echo $X",
        masks=("secret",),
        has_secrets=True,
        checkout="job",
        needs=("a", "b"),
        run_token="token",
        timeout_s=1.5,
        grace_s=2.0,
        traceparent="00-a",
    )
    defaults = Assignment("", "", 0, "", "", Action("shell"))
    assert all(getattr(given, name) != getattr(defaults, name) for name in Assignment.__match_args__)
    assert load_assignment(dump_assignment(given)) == given
    assert load_assignment(dump_assignment(defaults)) == defaults


def test_every_field_of_a_report_and_a_stop_survives_the_wire() -> None:
    outcome = Outcome(3, {"a": [1]}, "no", killed=True, timed_out=True, may_pass=True)
    report = Report(("job", "s", 1), outcome, [(Artifact("a/b", 1, 0o644, "ff"), "/x")], "ValueError: x")
    assert load_report(dump_report(report)) == report
    assert load_stop(dump_stop(Stop(("job", "s", 1), 2.5))) == Stop(("job", "s", 1), 2.5)
