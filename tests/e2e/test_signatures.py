"""``gitflow verify``, and ``gitflow run`` of a workspace whose revisions must be signed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from signing import GpgHome, Repository, SshKey, needs_signing

pytestmark = needs_signing

HELLO = "tasks: {hello: {flow: {say: {type: shell, cmd: 'echo hello'}}}}\n"


class Signed:
    """The folder of the command is a repository; ``shop`` is configured to be another one of the same content."""

    def __init__(self, gitflow, folder: Path) -> None:
        self.repository = Repository(folder / "shop")
        self.ann, self.eve = SshKey(folder, "ann"), SshKey(folder, "eve")
        self.allowed = folder / "allowed"
        self.allowed.write_text(self.ann.allowed())
        self.allowed.chmod(0o600)
        self.gitflow = gitflow
        self.configure("required")

    def configure(self, signatures: str) -> None:
        verify = {"signatures": signatures, "allowed_signers": "../allowed"}
        shop = {"type": "git", "url": str(self.repository.path), "verify": verify}
        self.gitflow.write("server-config.yaml", json.dumps({"workspaces": {"shop": shop}}))

    def commit(self, key: SshKey | None, ref: str = "refs/heads/main") -> str:
        payload = self.repository.payload({".workflows/a.yaml": HELLO}, f"by {key.name if key else 'nobody'}")
        return self.repository.commit(payload, key.sign(payload) if key else b"", ref=ref)


@pytest.fixture
def signed(gitflow, tmp_path: Path) -> Signed:
    return Signed(gitflow, tmp_path)


def test_verify_says_who_signed_a_revision(gitflow, signed):
    sha = signed.commit(signed.ann)
    done = gitflow("verify", "-w", "shop")
    key = signed.ann.fingerprint
    assert (done.returncode, done.stdout) == (0, f"{sha} is signed by ann@example.com with the key {key}\n"), (
        done.stderr
    )
    assert gitflow("verify", sha[:12], "-w", "shop").stdout == done.stdout
    unsigned = signed.commit(None, "refs/heads/feature")
    done = gitflow("verify", "feature", "-w", "shop")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"gitflow: {unsigned} has no valid signature: the commit is not signed\n"
    payload = signed.repository.tag_payload("v1", unsigned)
    signed.repository.tag("v1", payload, signed.ann.sign(payload))
    done = gitflow("verify", "v1", "-w", "shop")
    assert (done.returncode, done.stdout.split(" with ")[0]) == (0, f"{unsigned} has a tag signed by ann@example.com")


def test_verify_takes_files_and_a_folder_without_any_configuration(gitflow, signed):
    signed.commit(signed.eve)
    signed.repository.git("checkout", "-q", "-f", "main")
    folder = str(signed.repository.path)
    assert gitflow("verify", "-w", folder, "--allowed-signers", str(signed.allowed)).returncode == 1
    signed.allowed.write_text(signed.eve.allowed())
    done = gitflow("verify", "-w", folder, "--allowed-signers", str(signed.allowed))
    assert done.returncode == 0, done.stderr
    home = GpgHome()
    try:
        home.make("sue")
        payload = signed.repository.payload({".workflows/a.yaml": HELLO})
        signed.repository.commit(payload, home.sign("sue", payload))
        ring = home.export(signed.allowed.parent / "ring", "sue")
        done = gitflow("verify", "main", "-w", folder, "--gpg-keyring", str(ring))
        assert done.returncode == 0, done.stderr
        assert "is signed by sue <sue@example.com>" in done.stdout
    finally:
        home.close()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("-w", "REPOSITORY"), "whose signatures count is not said"),
        (("-w", "REPOSITORY", "--allowed-signers", "/nowhere"), "cannot read '/nowhere'"),
        (("no-such-branch", "-w", "shop"), "there is no revision 'no-such-branch'"),
        (("-w", "nobody"), "is neither a folder nor a configured workspace"),
        (("--allowed-signers",), "requires an argument"),
    ],
)
def test_verify_ends_with_2_where_it_cannot_be_found_out(gitflow, signed, words, why):
    signed.commit(signed.ann)
    signed.repository.git("checkout", "-q", "-f", "main")
    done = gitflow("verify", *(word.replace("REPOSITORY", str(signed.repository.path)) for word in words))
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_run_refuses_a_revision_of_a_configured_workspace_without_a_valid_signature(gitflow, signed, dry_run):
    signed.commit(signed.ann)
    signed.commit(signed.eve, "refs/heads/feature")
    assert gitflow("run", "hello", "-w", "shop", *dry_run).returncode == 0
    done = gitflow("run", "hello", "-w", "shop", "--rev", "feature", *dry_run)
    assert done.returncode == 2
    assert "has no valid signature: the key SHA256:" in done.stderr
    assert len(gitflow.jobs()) == (0 if dry_run else 1)


def test_a_job_is_not_tried_again_at_a_newer_revision_without_a_valid_signature(gitflow, signed):
    signed.commit(signed.ann)
    job = gitflow.job("hello", "-w", "shop")
    signed.commit(signed.eve)
    done = gitflow("retry", job["job_id"], "--latest", "-w", "shop")
    assert done.returncode == 2
    assert "has no valid signature" in done.stderr
    assert gitflow("retry", job["job_id"], "--from", "start").returncode == 0


def test_where_signatures_are_only_looked_at_run_says_what_is_wrong_and_runs(gitflow, signed):
    signed.configure("warn")
    sha = signed.commit(None)
    done = gitflow("run", "hello", "-w", "shop")
    assert done.returncode == 0
    assert f"gitflow: warning: {sha} has no valid signature: the commit is not signed\n" in done.stderr
    signed.configure("off")
    assert "signature" not in gitflow("run", "hello", "-w", "shop").stderr


@pytest.mark.parametrize(
    ("verify", "why"),
    [
        ({"signatures": "required"}, "does not say whose signatures count"),
        ({"signatures": "maybe", "allowed_signers": "x"}, "must be required, warn or off"),
        ({"allowed_signer": "x"}, "allowed_signers"),
    ],
)
def test_a_configuration_that_says_it_wrong_is_refused(gitflow, signed, verify, why):
    shop = {"type": "git", "url": str(signed.repository.path), "verify": verify}
    gitflow.write("server-config.yaml", json.dumps({"workspaces": {"shop": shop}}))
    done = gitflow("verify", "-w", "shop")
    assert done.returncode == 2
    assert why in done.stderr
