"""Large artifacts are copied outside the engine's thread: the engine goes on meanwhile, and nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from gitflow.core.status import JobStatus
from gitflow.runtime.worker import step_dirs
from gitflow.stores.artifacts import ArtifactStore
from house import House, statuses

FLOW = """
tasks:
  large:
    flow:
      make: {type: shell, cmd: 'head -c 3000000 /dev/zero > "$GITFLOW_ARTIFACTS/file"'}
      use: {type: shell, cmd: 'wc -c < "$GITFLOW_NEEDS/make/file"', depends_on: [make]}
  small:
    flow:
      make: {type: shell, cmd: 'echo x > "$GITFLOW_ARTIFACTS/file"'}
"""


class Staging:
    """Copies in other threads wait until they may go on."""

    def __init__(self) -> None:
        self.begun, self.may_go_on = threading.Event(), threading.Event()
        self.threads: list[str] = []


@pytest.fixture
def staging(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Staging]:
    house.write(FLOW)
    made, real = Staging(), ArtifactStore.stage

    def stage(store, folder, *more):
        made.threads.append(threading.current_thread().name)
        if made.threads[-1] == "artifacts":
            made.begun.set()
            assert made.may_go_on.wait(60)
        return real(store, folder, *more)

    monkeypatch.setattr(ArtifactStore, "stage", stage)
    yield made
    made.may_go_on.set()


def test_the_engine_goes_on_while_large_artifacts_are_copied(house: House, staging: Staging) -> None:
    with house.open() as app:
        large = house.execute(app, "large")
        house.finish(app, until=lambda app: staging.begun.is_set())
        small = house.execute(app, "small")
        house.finish(app, until=lambda app: app.orchestrator.job(small.id) is None)
        assert app.opened.job(small.id).status is JobStatus.COMPLETED
        assert statuses(app.opened.job(large.id)) == {"make": "running", "use": "pending"}
        assert app.worker.running == 1, "it keeps its slot"
        staging.may_go_on.set()
        house.finish(app)
        assert app.opened.job(large.id).status is JobStatus.COMPLETED
        assert app.worker.running == 0
    assert "3000000" in house.log(large.id)
    assert staging.threads == ["artifacts", threading.current_thread().name]


def test_a_copy_that_fails_fails_the_step_with_the_path(
    house: House, monkeypatch: pytest.MonkeyPatch, staging: Staging
) -> None:
    def stage(store, folder, *more):
        raise OSError(28, "No space left on device", "/state/artifacts/new/x")

    monkeypatch.setattr(ArtifactStore, "stage", stage)
    step = house.run("large").steps["make"]
    assert step.error_message is not None
    assert "the artifacts cannot be kept: /state/artifacts/new/x: the disk is full" in step.error_message


def test_a_mistake_of_ours_in_the_copy_ends_the_step(
    house: House, monkeypatch: pytest.MonkeyPatch, staging: Staging
) -> None:
    def stage(store, folder, *more):
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr(ArtifactStore, "stage", stage)
    monkeypatch.setattr(threading, "excepthook", lambda unhandled: None)
    step = house.run("large").steps["make"]
    assert step.error_message is not None
    assert "internal error of gitflow (ZeroDivisionError: of ours)" in step.error_message


def test_a_server_that_stops_waits_for_the_copy(house: House, staging: Staging) -> None:
    with house.serve() as app:
        large = house.execute(app, "large")
        house.finish(app, until=lambda app: staging.begun.is_set())
        threading.Timer(0.2, staging.may_go_on.set).start()
        app.engine.stop(30.0)
        app.engine.run(lambda: False)
        assert statuses(app.opened.job(large.id))["make"] == "completed"


def test_what_is_many_or_deep_counts_as_large(tmp_path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/c").write_bytes(b"x" * 100)
    (tmp_path / "link").symlink_to("/dev/zero")
    is_more = step_dirs._is_more_than
    assert not is_more(str(tmp_path), 1000, 4)
    assert is_more(str(tmp_path), 99, 4)
    assert is_more(str(tmp_path), 1000, 3)
    assert not is_more(str(tmp_path / "gone"), 0, 0)
