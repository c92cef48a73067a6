"""Two servers on one PostgreSQL database share artifacts and the files of revisions, in a folder or in a bucket."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from killable_server import TIMEOUT_S
from s3_part import KEY, REGION, SECRET, s3_server  # noqa: F401
from standby_servers import Site, Standby, until

pytestmark = pytest.mark.postgres

FLOW = """
tasks:
  ship:
    checkout: shared
    flow:
      build: {{type: shell, cmd: 'echo fine > "$GITFLOW_ARTIFACTS/report"'}}
      wait:
        type: shell
        depends_on: [build]
        retry: {{max_attempts: 5}}
        cmd: 'echo begun >> "{ledger}/$GITFLOW_JOB_ID"; until test -e "{ledger}/go"; do sleep 0.05; done'
      use:
        type: shell
        depends_on: [build, wait]
        cmd: 'cat "$GITFLOW_NEEDS/build/report" version.txt'
"""


@pytest.fixture(params=["folder", "s3"])
def site(request, tmp_path: Path, new_database: str) -> Iterator[Site]:
    site = Site(tmp_path, new_database)
    if request.param == "folder":
        (tmp_path / "shared").mkdir()
        place = {"url": f"file://{tmp_path}/shared"}
    else:
        server = request.getfixturevalue("s3_server")
        (tmp_path / "s3-secret").write_text(SECRET)
        place = {
            "url": f"s3://{server.new_bucket()}/flows",
            "endpoint": server.endpoint,
            "region": REGION,
            "access_key_id": KEY,
            "secret_access_key_file": "s3-secret",
        }
    site.further = f"artifacts: {json.dumps(place)}\n"
    (site.repository / ".workflows" / "a.yaml").write_text(FLOW.format(ledger=site.ledger))
    (site.repository / "version.txt").write_text("first\n")
    site.commit()
    yield site
    site.stop()


def forget_first_commit(site: Site) -> None:
    """The branch is replaced by another commit, and the repository has no trace of the one before."""
    (site.repository / "version.txt").write_text("second\n")
    site.git("add", "-A")
    site.git("commit", "-q", "--amend", "-m", "another")
    site.git("reflog", "expire", "--expire=now", "--all")
    for kept in (site.repository / ".git" / "refs" / "gitflow").rglob("*"):
        if kept.is_file():
            kept.unlink()
    packed = site.repository / ".git" / "packed-refs"
    if packed.exists():
        packed.write_text("".join(line for line in packed.read_text().splitlines(True) if "gitflow" not in line))
    site.git("gc", "-q", "--prune=now")


def download(server: Standby, job_id: str, name: str) -> str:
    with urllib.request.urlopen(f"{server.address}/api/jobs/{job_id}/artifacts/{name}", timeout=TIMEOUT_S) as answer:
        return answer.read().decode()


def test_a_job_finds_its_artifacts_and_files_on_the_server_that_takes_it_over(site):
    first = site.begin("one")
    until(lambda: first.role == "active" and first.call("/readyz")[0] == 200)
    job_id = first.execute("ship")
    until(lambda: site.begun().get(job_id))
    commit = first.job(job_id)["revision"]
    forget_first_commit(site)
    second = site.begin("two")  # it has never seen the first commit
    until(lambda: second.role == "follower")
    assert download(second, job_id, "report") == "fine\n"  # a follower reads, too
    until(lambda: list((site.folder / "state-two" / "checkouts").glob(f"*/{commit}")))
    first.kill()
    until(lambda: second.role == "active")
    (site.ledger / "go").touch()
    job = until(lambda: (found := second.job(job_id))["status"] not in ("pending", "running", "waiting") and found)
    assert (job["status"], job["revision"]) == ("completed", commit)
    assert "fine\nfirst\n" in second.log(job_id)
    assert download(second, job_id, "report") == "fine\n"
    for name in ("one", "two"):
        assert SECRET not in (site.folder / f"{name}.log").read_text()


def test_a_server_whose_place_is_refused_says_so_and_does_not_start(site):
    if (site.folder / "shared").exists():
        (site.folder / "shared").rmdir()
    site.further = site.further.replace("s3://bucket", "s3://no-bucket")
    site.configure("one")
    config = (site.folder / "one.yaml").rename(site.folder / "server-config.yaml")
    for words in (("validate", str(config)), ("server", "--config", str(config))):
        done = subprocess.run(
            [sys.executable, "-m", "gitflow.cli.main", *words], capture_output=True, text=True, timeout=TIMEOUT_S
        )
        assert done.returncode != 0
        said = done.stdout + done.stderr
        assert "artifacts.url: " in said
        assert "create it, or correct artifacts.url" in said or "make the folder, or mount it" in said
        assert SECRET not in said
