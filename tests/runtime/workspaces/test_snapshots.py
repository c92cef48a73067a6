"""The compiled cache: what is in it is used only when it is whole and ours."""

from __future__ import annotations

import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from gitflow.core.errors import Conflict, NotFound, StoreError
from gitflow.runtime.workspaces.snapshots import MIN_KEPT, Snapshots
from gitflow.stores.registry import open_stores
from gitflow.workspaces.folder import FolderWorkspace

FLOW = "tasks:\n  t:\n    flow:\n      s: {type: shell, cmd: 'echo right'}\n"


def cached(house) -> Path:
    [path] = Path(house.environ["GITFLOW_CACHE"], "compiled").iterdir()
    return path


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"null", b'"x"', b'{"format": 1}', b'{"format": 1, "warnings": [], "tree": 3}', b"\xff\xfe"],
)
def test_a_damaged_cache_is_made_again(house, damage):
    house.write(FLOW)
    house.run("t")
    whole = cached(house).read_bytes()
    cached(house).write_bytes(damage)
    assert house.run("t").status == "completed"
    assert cached(house).read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_only_slower(house):
    house.write(FLOW)
    Path(house.environ["GITFLOW_CACHE"]).write_text("a file stands where the folder should be")
    assert house.run("t").status == "completed"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_what_another_user_wrote_is_never_run(house):
    house.write(FLOW)
    house.run("t")
    path = cached(house)
    path.write_bytes(path.read_bytes().replace(b"echo right", b"echo wrong"))
    os.chown(path, 12345, 12345)
    assert house.log(house.run("t").id) == "right"


def test_nothing_is_left_beside_the_cache(house):
    house.write(FLOW)
    house.run("t")
    assert cached(house).suffix == ".json"


def written_by_another_version(house) -> None:
    with sqlite3.connect(house.state / "gitflow.db") as store:
        (compiled,) = store.execute("SELECT compiled FROM snapshot").fetchone()
        tree = json.loads(compiled)
        store.execute("UPDATE snapshot SET compiled = ?", (json.dumps(tree | {"format": 0}).encode(),))
    store.close()


def test_definitions_that_another_version_stored_are_refused_with_the_remedy(house):
    house.write(FLOW)
    job = house.run("t")
    written_by_another_version(house)
    cached(house).unlink()
    with house.store() as opened, pytest.raises(StoreError, match=r"another version.*gitflow tasks .* --rev"):
        opened.job(job.id)


def test_definitions_that_were_compiled_again_meanwhile_are_used(house):
    house.write(FLOW)
    job = house.run("t")
    written_by_another_version(house)
    with house.store() as opened:
        assert opened.job(job.id) == job


class Counting:
    """What a thread reads by."""

    def __init__(self, store) -> None:
        self._store, self.asked = store, []

    def snapshot(self, workspace, revision):
        self.asked.append((workspace, revision))
        return self._store.snapshot(workspace, revision)


def test_each_thread_reads_by_its_own_store_and_all_share_what_was_read(house):
    house.write(FLOW)
    jobs = []
    for text in ("a", "b", "c"):
        house.write(FLOW.replace("right", text))
        jobs.append(house.run("t"))
    with house.store() as opened:
        engine = Counting(opened.stores.jobs)
        opens = []

        def open_store():
            opens.append(open_stores(str(house.state)))
            return opens[-1]

        snapshots = Snapshots(engine, house.environ["GITFLOW_CACHE"], open_store)

        def read(job, reads_here) -> Counting | None:
            with open_stores(str(house.state)) as stores:
                own = Counting(stores.jobs)
                if reads_here:
                    snapshots.read_here(own)
                for _ in range(2):
                    assert snapshots.of(job.workspace, job.revision).revision == job.revision
                return own

        with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(1) as other:
            assert len(reader.submit(read, jobs[0], True).result().asked) == 1
            other.submit(read, jobs[1], False).result()
            other.submit(read, jobs[0], False).result()
        assert len(opens) == 1
        assert engine.asked == []
        for reads_here in (True, False):  # the thread that built them, which then gives its store to another
            if not reads_here:
                snapshots.read_elsewhere()
            with suppress(NotFound):
                snapshots.of("w", "none")
            assert (len(engine.asked), len(opens)) == ((1, 1) if reads_here else (1, 2))


def loads(house, count: int, snapshots: Snapshots | None = None) -> list[tuple[str, str]]:
    """So many revisions, one after another in force; the last is left there."""
    workspace = FolderWorkspace(str(house.folder), cache_dir=house.environ["GITFLOW_CACHE"])
    keys = []
    for number in range(count):
        house.write(FLOW.replace("right", f"{number}"))
        revision = workspace.resolve()
        keys.append((workspace.identity, revision.id))
        if snapshots is not None:
            snapshots.serve(workspace, revision)
        else:
            house.run("t")
    return keys


def test_only_so_many_are_kept_and_those_asked_for_last_and_what_is_in_force_stay(house, monkeypatch):
    monkeypatch.setattr("gitflow.runtime.workspaces.snapshots.MAX_KEPT", 3)
    monkeypatch.setattr("gitflow.runtime.workspaces.snapshots.MIN_KEPT", 2)
    keys = loads(house, 5)
    workspace = FolderWorkspace(str(house.folder), cache_dir=house.environ["GITFLOW_CACHE"])
    with house.store() as opened:
        store = Counting(opened.stores.jobs)
        snapshots = Snapshots(store, house.environ["GITFLOW_CACHE"])
        snapshots.serve(workspace, workspace.resolve())
        for number in (0, 1, 2, 0, 3, 0, 2, 4, 1):  # 4 is in force
            snapshots.of(*keys[number])
    assert [keys.index(each) for each in store.asked] == [0, 1, 2, 3, 1]


def test_only_so_much_is_kept_of_revisions_that_came_in_force_one_after_another(house, monkeypatch):
    monkeypatch.setattr("gitflow.runtime.workspaces.snapshots.MAX_BYTES", 1)
    snapshots = Snapshots(None, house.environ["GITFLOW_CACHE"])
    keys = loads(house, MIN_KEPT + 5, snapshots)
    assert list(snapshots._known) == keys[4:]


def test_a_job_is_stored_with_its_definitions_though_they_were_let_go_since_it_was_made(house, monkeypatch):
    monkeypatch.setattr("gitflow.runtime.workspaces.snapshots.MAX_BYTES", 1)
    with house.store() as opened:
        snapshots = Snapshots(opened.stores.jobs, house.environ["GITFLOW_CACHE"])
        first = loads(house, MIN_KEPT + 2, snapshots)[0]
        assert opened.stores.jobs.snapshot(*first) is None
        for _ in range(2):  # it is on the disk first, and then in the store
            snapshots.keep(*first)
            assert opened.stores.jobs.snapshot(*first) is not None
            for path in Path(house.environ["GITFLOW_CACHE"], "compiled").iterdir():
                path.unlink()
        with pytest.raises(Conflict, match="try again"):
            snapshots.keep("w", "0" * 40)
