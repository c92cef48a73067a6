"""The compiled cache: what is in it is used only when it is whole and ours."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from gitflow.core.errors import StoreError

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
