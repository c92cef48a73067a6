"""Two servers share the files of artifacts: a state directory each, one store of jobs, and a folder or a bucket."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from gitflow.core.jobs.job import StepRun, Steps
from gitflow.core.status import JobStatus, StepStatus
from gitflow.stores.blobs.folder import FolderBlobs
from gitflow.stores.blobs.s3 import Bucket, S3Blobs
from gitflow.stores.protocols.blobs import BlobsAway, BlobsRefused, DamagedBlob, NoBlob
from gitflow.stores.registry import open_stores
from gitflow.stores.shared_files import UNUSED_S, YOUNG_S, SharedFiles, key_of
from s3_part import KEY, REGION, SECRET, s3_server  # noqa: F401

DONE = {"status": StepStatus.COMPLETED, "attempt": 1}
LONG_AGO_S = YOUNG_S + 60


@pytest.fixture(params=["folder", "s3"])
def blobs(request, tmp_path):
    if request.param == "folder":
        (tmp_path / "shared").mkdir()
        return FolderBlobs(str(tmp_path / "shared"))
    server = request.getfixturevalue("s3_server")
    return S3Blobs(Bucket(server.new_bucket(), "flows", server.endpoint, REGION, KEY, SECRET), 1)


@pytest.fixture
def servers(blobs, tmp_path):
    """The stores of two servers with one database."""
    database = f"sqlite:///{tmp_path}/jobs.db"
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                open_stores(str(tmp_path / name), database, share=lambda folder: SharedFiles(blobs, folder))
            )
            for name in ("a", "b")
        ]


def left(tmp_path, **files):
    folder = tmp_path / os.urandom(4).hex()
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content)
    return str(folder)


@pytest.fixture
def job(servers, job_of):
    made = job_of(steps=Steps.of({"build": StepRun("build", **DONE)}), status=JobStatus.FAILED)
    servers[0].jobs.create(made, [])
    return made


def digests(stores, job):
    return [artifact.digest for _, _, artifact in stores.artifact_names.artifacts(job.id)]


def sweep(stores, after_s=LONG_AGO_S):
    return stores.artifacts.shared.sweep(stores.artifact_names.names_digest, time.time() + after_s)[0]


def test_what_one_server_kept_the_other_lays_out(servers, job, tmp_path):
    a, b = servers
    a.artifacts.keep(job.id, "build", 1, left(tmp_path, report="fine", empty=""))
    assert len(b.artifacts.elsewhere(job.id, ["build"])) == 2
    b.artifacts.lay_out(job.id, ["build"], str(tmp_path / "needs"))
    assert (tmp_path / "needs/build/report").read_text() == "fine"
    assert (tmp_path / "needs/build/empty").read_text() == ""
    assert b.artifacts.elsewhere(job.id, ["build"]) == []


def test_it_is_there_before_the_commit_that_names_it(servers, job, blobs, tmp_path):
    [(artifact, _)] = servers[0].artifacts.stage(left(tmp_path, report="fine"))
    assert blobs.find(key_of(artifact.digest)) is not None
    assert digests(servers[0], job) == []


def test_an_upload_is_there_before_it_is_acknowledged(servers, blobs):
    store = servers[0].artifacts
    path = store.begin_upload()
    Path(path).write_text("uploaded")
    digest = "d17ff9b8a1c8ac0cb7d0ad4ba5b0c0a3c0a2f3f3d8ed1a7c8fcd5b7c8f0a0b1c"
    store.end_upload(path, digest)
    assert blobs.find(key_of(digest)) is not None
    assert store.has(digest)


def test_what_was_changed_where_it_is_shared_is_not_laid_out(servers, job, blobs, tmp_path):
    servers[0].artifacts.keep(job.id, "build", 1, left(tmp_path, report="fine"))
    [digest] = digests(servers[0], job)
    (tmp_path / "evil").write_text("evil")
    blobs.put(key_of(digest), str(tmp_path / "evil"))
    with pytest.raises(DamagedBlob, match="has been changed"):
        servers[1].artifacts.lay_out(job.id, ["build"], str(tmp_path / "needs"))
    assert not (tmp_path / "needs/build/report").exists()
    assert os.listdir(tmp_path / "b" / "artifacts" / "new") == []


def test_what_is_gone_where_it_is_shared_is_said_to_be_missing(servers, job, blobs, tmp_path):
    servers[0].artifacts.keep(job.id, "build", 1, left(tmp_path, report="fine"))
    blobs.remove(key_of(*digests(servers[0], job)))
    with pytest.raises(NoBlob):
        servers[1].artifacts.lay_out(job.id, ["build"], str(tmp_path / "needs"))


def test_only_what_has_no_name_any_more_is_removed(servers, job, blobs, tmp_path):
    a, b = servers
    a.artifacts.keep(job.id, "build", 1, left(tmp_path, report="fine"))
    assert sweep(b) == 0
    a.jobs.delete([job.id])
    assert sweep(b, 0) == 0  # it is too young
    assert sweep(b) == 1
    assert list(blobs.list()) == []


def test_other_files_in_the_same_place_stay(servers, blobs, tmp_path):
    (tmp_path / "other").write_text("1")
    for key in ("bundles/one", "notes", f"ab/cd{'0' * 62}"):
        blobs.put(key, str(tmp_path / "other"))
    assert sweep(servers[0]) == 0


def test_what_is_about_to_be_named_is_not_removed(servers, job, tmp_path):
    """A commit may wait for its database longer than files without a name stay."""
    staged = servers[0].artifacts.stage(left(tmp_path, report="fine"))
    assert sweep(servers[0]) == 0
    servers[0].artifacts.keep_staged(job.id, "build", 1, staged)
    servers[1].artifacts.lay_out(job.id, ["build"], str(tmp_path / "needs"))
    assert (tmp_path / "needs/build/report").read_text() == "fine"


@pytest.mark.parametrize("blobs", ["folder"], indirect=True)  # S3 counts whole seconds
def test_what_is_put_again_while_it_is_removed_stays(servers, job, blobs, tmp_path):
    """The sweep has found it without a name, and then it is staged, kept and named: the sweep has to look again."""
    a, _ = servers
    a.artifacts.stage(left(tmp_path, report="fine"))
    a.artifacts.remove_left_behind(time.time() + 100_000)
    [blob] = blobs.list()
    listed, now = [blob], time.time()
    past = now - LONG_AGO_S

    class Between(SharedFiles):
        def _remove(self, found, at):
            if found:
                a.artifacts.keep(job.id, "build", 1, left(tmp_path, report="fine"))
                os.utime(tmp_path / "a" / "artifacts" / blob.key, (0, 0))
            return super()._remove(found, at)

    class Old:
        """The place, with the file as if it had been put long ago until it is put again."""

        def __getattr__(self, name):
            return getattr(blobs, name)

        def list(self, prefix=""):
            return iter([type(blob)(blob.key, blob.size, past)])

        def find(self, key):
            found = blobs.find(key)
            return type(blob)(key, found.size, past) if found.put_at == listed[0].put_at else found

    shared = Between(Old(), str(tmp_path / "b" / "artifacts"))
    assert shared.sweep(lambda digest: False, now) == (0, 0)
    assert blobs.find(blob.key) is not None


def test_a_copy_that_nobody_asked_for_lately_is_released_and_brought_again(servers, job, tmp_path):
    a, _ = servers
    a.artifacts.keep(job.id, "build", 1, left(tmp_path, report="fine"))
    assert a.artifacts.shared.release_copies(time.time()) == (0, 0)
    assert a.artifacts.shared.release_copies(time.time() + UNUSED_S + 60) == (1, 4)
    assert len(a.artifacts.elsewhere(job.id, ["build"])) == 1
    a.artifacts.lay_out(job.id, ["build"], str(tmp_path / "needs"))
    assert (tmp_path / "needs/build/report").read_text() == "fine"


def test_a_copy_that_the_others_do_not_have_is_put_and_not_removed(servers, job, blobs, tmp_path):
    """The files of a server that shared none before."""
    a, b = servers
    a.artifacts.keep(job.id, "build", 1, left(tmp_path, report="fine"))
    [digest] = digests(a, job)
    blobs.remove(key_of(digest))
    assert a.artifacts.shared.release_copies(time.time() + UNUSED_S + 60) == (0, 0)
    b.artifacts.lay_out(job.id, ["build"], str(tmp_path / "needs"))
    assert (tmp_path / "needs/build/report").read_text() == "fine"


def test_what_cannot_be_put_is_not_kept(tmp_path, job_of):
    for blobs, kind in (
        (FolderBlobs(str(tmp_path / "gone")), BlobsRefused),
        (S3Blobs(Bucket("acme", "", "http://127.0.0.1:1", REGION, KEY, SECRET), 1), BlobsAway),
    ):
        state = tmp_path / kind.__name__
        with open_stores(str(state), share=lambda folder, blobs=blobs: SharedFiles(blobs, folder)) as stores:
            with pytest.raises(kind, match=r"artifacts\.url"):
                stores.artifacts.stage(left(tmp_path, report="fine"))
            assert os.listdir(state / "artifacts" / "new") == []


#: Puts an artifact, and is killed before the commit that names it.
KILLED = """
import os, signal, sys
from gitflow.stores.blobs.folder import FolderBlobs
from gitflow.stores.registry import open_stores
from gitflow.stores.shared_files import SharedFiles
if sys.argv[3] == "folder":
    blobs = FolderBlobs(sys.argv[4])
else:
    from gitflow.stores.blobs.s3 import Bucket, S3Blobs
    blobs = S3Blobs(Bucket(*sys.argv[4:]), 1)
with open_stores(sys.argv[1], share=lambda folder: SharedFiles(blobs, folder)) as stores:
    staged = stores.artifacts.stage(sys.argv[2])
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_server_killed_between_put_and_commit_leaves_nothing_for_ever(servers, blobs, tmp_path):
    place = (
        ("folder", blobs.place)
        if isinstance(blobs, FolderBlobs)
        else ("s3", blobs._bucket.name, "flows", blobs._bucket.endpoint, REGION, KEY, SECRET)
    )
    state = tmp_path / "killed"
    done = subprocess.run([sys.executable, "-c", KILLED, str(state), left(tmp_path, report="fine"), *place])
    assert done.returncode == -9
    [blob] = blobs.list()
    with open_stores(str(state), share=lambda folder: SharedFiles(blobs, folder)) as stores:
        assert stores.artifacts.places() == []
        assert sweep(stores) == 0  # the mark of the dead server is still there
        assert stores.artifacts.remove_left_behind(time.time() + 100_000)[0] == 1
        assert sweep(stores) == 1
    assert blobs.find(blob.key) is None
