"""The bucket where servers share artifacts cannot be reached for a while: the steps that need it wait, all else goes
on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "agent"))

from proxy import Proxy

from gitflow.config.sharing import ArtifactsConfig
from gitflow.core.status import JobStatus
from gitflow.stores.blobs.s3 import S3Blobs
from house import House, statuses
from s3_part import KEY, REGION, SECRET, S3Server, s3_server

__all__ = ["s3_server"]

FLOW = """
tasks:
  leave:
    flow:
      make: {{type: shell, cmd: 'touch {0}/up; until test -e {0}/go; do sleep 0.02; done; echo x > "$GITFLOW_ARTIFACTS/f"'}}
      use: {{type: shell, depends_on: [make], cmd: 'cat "$GITFLOW_NEEDS/make/f"'}}
  plain:
    flow:
      only: {{type: shell, cmd: 'true'}}
"""  # noqa: E501


@pytest.fixture
def place(house: House, s3_server: S3Server) -> Iterator[Proxy]:
    """What is before the bucket."""
    with closing(Proxy(s3_server.endpoint)) as proxy:
        secret = house.folder.parent / "s3-secret"
        secret.write_text(SECRET)
        url = f"s3://{s3_server.new_bucket()}/flows"
        house.settings |= {"artifacts": ArtifactsConfig(url, proxy.url, REGION, KEY, str(secret))}
        house.write(FLOW.format(house.folder.parent))
        yield proxy


def leave_while_it_is_away(house: House, app, place: Proxy) -> str:
    """A job whose step ends once the place is away."""
    job = house.execute(app, "leave")
    house.finish(app, until=lambda app: (house.folder.parent / "up").exists())
    place.cut()
    (house.folder.parent / "go").touch()
    return job.id


def test_a_step_waits_for_the_place_of_its_artifacts_and_all_else_goes_on(house: House, place: Proxy) -> None:
    with house.open() as app:
        job_id = leave_while_it_is_away(house, app, place)
        plain = house.execute(app, "plain")
        house.finish(app, until=lambda app: app.orchestrator.job(plain.id) is None)
        assert app.opened.job(plain.id).status is JobStatus.COMPLETED
        assert statuses(app.opened.job(job_id)) == {"make": "running", "use": "pending"}
        place.mend()
        house.finish(app)
        assert app.opened.job(job_id).status is JobStatus.COMPLETED
    assert house.log(job_id) == "x"


def test_a_place_that_stays_away_fails_the_step_with_the_reason(
    house: House, place: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(S3Blobs.__init__, "__defaults__", (1,))  # instead of a minute
    with house.open() as app:
        job_id = leave_while_it_is_away(house, app, place)
        house.finish(app)
        plain = house.execute(app, "plain")
        house.finish(app)
        assert app.opened.job(plain.id).status is JobStatus.COMPLETED
        job = app.opened.job(job_id)
    assert job.status is JobStatus.FAILED
    error = job.steps["make"].error_message or ""
    assert error.startswith("the artifacts cannot be kept: artifacts.url: s3://"), error
    assert "it cannot be reached" in error
