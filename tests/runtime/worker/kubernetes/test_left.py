"""What a keeper sends: whatever else arrives is refused, and nothing is written outside the folder."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from gitflow.core.errors import InvalidInput
from gitflow.dispatch.frames import LeftFile
from gitflow.runtime.worker.kubernetes.left import read_left, unpack

DIGEST = "a" * 64
FILE = {"name": "deep/a.txt", "size": 5, "mode": 0o640, "digest": DIGEST}


def packed(artifacts: object, members: dict[str, bytes] | None = None) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, data in {"artifacts.json": json.dumps(artifacts).encode(), **(members or {})}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return written.getvalue()


def test_artifacts_are_listed():
    assert read_left(packed([FILE])).artifacts == (LeftFile("deep/a.txt", 5, 0o640, DIGEST),)
    assert read_left(packed([])).artifacts == ()


@pytest.mark.parametrize(
    "given",
    [
        b"no archive",
        b"",
        packed({"name": "a"}),
        packed([{**FILE, "name": "../a"}]),
        packed([{**FILE, "digest": "short"}]),
        packed([{**FILE, "size": -1}]),
    ],
)
def test_anything_else_is_refused(given):
    with pytest.raises(InvalidInput):
        read_left(given)


def test_only_the_output_is_unpacked(tmp_path: Path):
    members = {
        "output": b"a=1",
        "outputs/key": b"value",
        "outputs/../../escaped": b"x",
        "outputs/deep/key": b"x",
        "/etc/other": b"x",
        "other": b"x",
    }
    folder = tmp_path / "in"
    folder.mkdir()
    unpack(packed([], members), str(folder))
    found = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"in/output": b"a=1", "in/outputs/key": b"value"}
