"""``gitflow validate server-config.yaml``: everything that is wrong, at once, and nothing is started or written."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest

import forked

#: The lines of a file, and what is said of it, by line.
WRONG = {
    "variables, secrets and folders": (
        """
        listen: 127.0.0.1:0
        public_url: https://${HOST}/${PREFIX}
        db: {url: "${DATABASE}"}
        workspaces:
          shop: {type: folder, path: nowhere}
        auth:
          jwt_secret_file: no-such-file
          providers: {internal: {provider_type: internal}}
        """,
        [
            (2, "there is no variable HOST in this environment"),
            (2, "there is no variable PREFIX in this environment"),
            (3, "there is no variable DATABASE in this environment"),
            (5, "there is no folder {folder}/nowhere"),
            (7, "{folder}/no-such-file does not exist"),
        ],
    ),
    "unknown keys beside missing variables": (
        """
        listn: 127.0.0.1:0
        public_url: ${URL}
        worker: {slots: many}
        """,
        [
            (1, 'unknown key "listn"'),
            (2, "there is no variable URL in this environment"),
            (3, ""),
        ],
    ),
    "a short secret": ("auth: {jwt_secret: short}", [(1, "auth.jwt_secret: it has 5 bytes and must have at least 32")]),
    "an open server that others reach": ("listen: 0.0.0.0:80", [(1, "can be reached by others")]),
    "a tab": ("workspaces:\n\tshop: {}", [(2, "")]),
}


def validate(folder: Path, text: str, **environ: str):
    (folder / "server-config.yaml").write_text(textwrap.dedent(text).strip("\n") + "\n")
    given = {"PATH": os.environ["PATH"], "HOME": str(folder), "GITFLOW_CACHE": str(folder / "cache"), **environ}
    return forked.run(["validate", "server-config.yaml"], folder, given)


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_every_problem_is_said_with_its_place(tmp_path, text, said):
    done = validate(tmp_path, text)
    lines = [line for line in done.stdout.splitlines() if line.startswith("server-config.yaml:")]
    assert done.returncode == 1, done
    assert [int(line.split(":")[1]) for line in lines] == [number for number, _ in said], done.stdout
    for line, (_, message) in zip(lines, said, strict=True):
        assert message.format(folder=tmp_path) in line
    assert sorted(os.listdir(tmp_path)) in (["cache", "server-config.yaml"], ["server-config.yaml"])


def test_a_configuration_without_problems_is_fine_and_writes_no_state(tmp_path):
    (tmp_path / "shop").mkdir()
    text = 'listen: "${LISTEN}"\nstate_dir: state\nworkspaces: {shop: {type: folder, path: shop}}\nauth: {}'
    done = validate(tmp_path, text, LISTEN="127.0.0.1:0")
    assert (done.returncode, done.stderr) == (0, ""), done
    assert not (tmp_path / "state").exists()
