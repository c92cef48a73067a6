"""Containers without root: of a user who has subordinate ids, whose podman maps the users of a container to these."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from box import Containers

import gitflow.runners.docker  # noqa: F401  (a user without rights may not read the folder that it is in)
import gitflow.workspaces.copying as copying
import parts
from podman_part import Podman, needs_podman

pytestmark = [needs_podman, pytest.mark.containers("newuidmap")]


@pytest.fixture
def user() -> pwd.struct_passwd:
    """A user without rights who may use subordinate ids; in continuous integration there is one."""
    if os.geteuid():
        parts.lack("only root can become another user")
    names = {line.partition(":")[0] for line in Path("/etc/subuid").read_text().splitlines()}
    found = [each for each in pwd.getpwall() if each.pw_name in names and each.pw_uid]
    if not found:
        parts.lack("no user has subordinate ids (/etc/subuid)")
    alone = ["unshare", "--user", "--map-root-user", "true"]
    if subprocess.run(alone, user=found[0].pw_uid, group=found[0].pw_gid, capture_output=True, cwd="/").returncode:
        pytest.skip("this kernel gives users no namespaces of their own")
    return found[0]


@pytest.fixture
def folder(user: pwd.struct_passwd) -> Iterator[Path]:
    """The home of that user, in which root may remove everything."""
    made = Path(tempfile.mkdtemp(prefix="gitflow-rootless-"))
    os.chown(made, user.pw_uid, user.pw_gid)
    yield made
    for path in made.rglob("pause.pid"):  # podman keeps a process that holds the user's namespace
        os.kill(int(path.read_text()), signal.SIGKILL)
    shutil.rmtree(made)


def run_as(user: pwd.struct_passwd, folder: Path, work: Callable[[], Any]) -> Any:
    """Runs it in a copy of this process that belongs to the user; the result travels as JSON."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.chdir(folder)
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            (folder / "xdg").mkdir(mode=0o700)
            os.environ.update(HOME=str(folder), XDG_RUNTIME_DIR=str(folder / "xdg"), USER=user.pw_name)
            for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
                os.environ.pop(name, None)
            (folder / "result").write_text(json.dumps(work()))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, "it failed; pytest -s shows why"
    return json.loads((folder / "result").read_text())


@pytest.mark.parametrize(
    ("inside", "last"),
    [("", ""), ("1000", ""), ("", "; mkdir e; echo > e/y; chown -R 1234:1234 e; chmod 000 e/y e")],
    ids=["root", "another user", "root that gives its files away"],
)
def test_what_any_user_of_the_container_writes_belongs_to_this_user(
    user: pwd.struct_passwd, folder: Path, inside: str, last: str
) -> None:
    def work() -> Any:
        made = folder / "podman"
        made.mkdir()
        podman = Podman(made)
        os.environ.update(podman.environ)
        box = Containers(folder / "box", podman.import_image("localhost/gitflow-test:busybox"))
        outcome = box.do(
            'umask 077; id -u; mkdir d; echo x > d/x; printf 1 > "$GITFLOW_OUTPUTS/x"; echo > "$GITFLOW_ARTIFACTS/a"'
            + last,
            fields={"network": "none", **({"user": inside} if inside else {})},
        )
        box.runner.close()
        attempt = box.folder / "attempts/step"
        owners = {path.stat().st_uid for path in (*attempt.rglob("*"), *(box.folder / "work").rglob("*"))}
        copying.remove_tree(str(box.folder))
        return outcome.error, outcome.output, box.log().decode(), sorted(owners), podman.containers(), box.records

    error, output, log, owners, containers, records = run_as(user, folder, work)
    assert (error, output, log) == (None, {"x": "1"}, f"{inside or 0}\n")
    assert owners == [user.pw_uid]
    assert (containers, records) == ([], [])
