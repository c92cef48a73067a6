"""``gitflow pause-sync`` and ``resume-sync``, and what ``gitflow workspaces`` says of a branch that moves meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

from signing import Repository, SshKey, needs_signing

HELLO = "tasks: {hello: {flow: {say: {type: shell, cmd: 'echo %s'}}}}\n"


def start(gitflow) -> tuple[str, str]:
    """The words that name the server."""
    process = gitflow.start("server", "--config", str(gitflow.folder / "server-config.yaml"), "--listen", "127.0.0.1:0")
    line = process.stdout.readline()
    assert line.startswith("gitflow server listening on http://"), process.communicate()
    return "--server", line.split()[-1]


def configure(gitflow, repository: Repository, **more: object) -> None:
    shop = {"type": "git", "url": f"file://{repository.path}", "poll_interval_secs": 3600, **more}
    gitflow.write("server-config.yaml", json.dumps({"workspaces": {"shop": shop}}))


def test_an_operator_stops_a_workspace_from_following_and_everybody_sees_why(gitflow, tmp_path: Path):
    repository = Repository(tmp_path / "shop")
    configure(gitflow, repository)
    first = repository.commit(repository.payload({".workflows/a.yaml": HELLO % 1}))
    server = start(gitflow)
    gitflow("refresh", "shop", *server)
    done = gitflow("pause-sync", "shop", "--reason", "the shop is on fire", *server)
    assert (done.returncode, done.stderr) == (0, "shop is synced, paused\n")
    second = repository.commit(repository.payload({".workflows/a.yaml": HELLO % 2}, "two", (first,)))
    done = gitflow("refresh", "shop", *server)
    assert done.stderr.startswith(f"shop is still at {first}\npaused by ")
    assert "the shop is on fire" in done.stderr
    done = gitflow("workspaces", *server)
    assert "behind 1, paused" in done.stdout
    assert json.loads(gitflow("workspaces", "-o", "json", *server).stdout)[0]["drift"]["remote"] == second
    done = gitflow("pause-sync", "shop", "--reason", "again", *server)
    assert (done.returncode, "is paused already" in done.stderr) == (1, True)
    assert gitflow("resume-sync", "shop", *server).returncode == 2
    done = gitflow("resume-sync", "shop", "--reason", "it is out", *server)
    assert (done.returncode, done.stderr) == (0, "shop is synced\n")
    assert json.loads(gitflow("workspaces", "-o", "json", *server).stdout)[0]["revision"] == second
    audit = gitflow("audit", *server).stdout
    assert "workspaces.pause_sync" in audit
    assert "workspaces.resume_sync" in audit


def test_an_administrator_accepts_a_revision_that_breaks_the_policy(gitflow, tmp_path: Path):
    repository = Repository(tmp_path / "shop")
    configure(gitflow, repository)
    files = {".workflows/policy.yaml": "rules: {short: {max_timeout: 1h}}\n", ".workflows/a.yaml": HELLO % 1}
    first = repository.commit(repository.payload(files))
    server = start(gitflow)
    gitflow("refresh", "shop", *server)
    files[".workflows/a.yaml"] = files[".workflows/a.yaml"].replace("flow", "timeout: 2h, flow")
    slow = repository.commit(repository.payload(files, "two", (first,)))
    done = gitflow("refresh", "shop", *server)
    assert "at most 1h is allowed" in done.stderr
    assert f"gitflow accept-revision shop {slow[:12]} --reason TEXT" in done.stderr
    assert gitflow("accept-revision", "shop", slow, *server).returncode == 2
    done = gitflow("accept-revision", "shop", first, "--reason", "the disks", *server)
    assert (done.returncode, "does not refuse" in done.stderr) == (1, True)
    done = gitflow("accept-revision", "shop", slow[:12], "--reason", "the disks", "--for", "2d", *server)
    assert (done.returncode, done.stderr) == (0, f"shop is now at {slow}\n")
    done = gitflow("audit", "-o", "json", *server)
    assert "workspaces.accept_revision" in done.stdout
    assert gitflow("withdraw-acceptance", "shop", slow[:12], *server).returncode == 2
    done = gitflow("withdraw-acceptance", "shop", slow[:12], "--reason", "new disks", *server)
    assert (done.returncode, done.stderr) == (0, f"the acceptance of {slow[:12]} has ended; shop stays at {slow}\n")
    done = gitflow("withdraw-acceptance", "shop", slow[:12], "--reason", "new disks", *server)
    assert (done.returncode, "has no acceptance of revision" in done.stderr) == (1, True)


@needs_signing
def test_the_table_of_workspaces_says_that_a_revision_is_not_signed(gitflow, tmp_path: Path):
    repository, ann = Repository(tmp_path / "shop"), SshKey(tmp_path, "ann")
    (tmp_path / "allowed").write_text(ann.allowed())
    (tmp_path / "allowed").chmod(0o600)
    configure(gitflow, repository, verify={"allowed_signers": str(tmp_path / "allowed")})
    payload = repository.payload({".workflows/a.yaml": HELLO % 1})
    first = repository.commit(payload, ann.sign(payload))
    server = start(gitflow)
    gitflow("refresh", "shop", *server)
    second = repository.commit(repository.payload({".workflows/a.yaml": HELLO % 2}, "two", (first,)))
    done = gitflow("refresh", "shop", *server)
    assert f"{second[:12]} is refused: no valid signature: the commit is not signed\n" in done.stderr
    table = gitflow("workspaces", *server).stdout
    assert f"{second[:12]} is refused: no valid signature: the commit is not signed" in table
    assert "behind 1" in table
