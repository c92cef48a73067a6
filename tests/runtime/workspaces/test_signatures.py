"""What a server serves of a workspace whose revisions must be signed, whatever is pushed and whoever is trusted."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from repositories import BROKEN, GOOD, Server

import signing
from gitflow.core.errors import RevisionRefused, WorkspaceError
from gitflow.core.signatures import Verdict
from gitflow.runtime.workspaces.signatures import SignatureRefused, Signatures
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.signatures.trust import REQUIRED, WARN, Rule, Trust
from signing import SshKey, needs_signing

pytestmark = needs_signing


class Signed:
    """A repository, the keys of Ann and Eve, and a server that accepts what Ann has signed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = signing.Repository(folder / "repository")
        self.server = Server(folder)
        self.ann, self.eve = SshKey(folder, "ann"), SshKey(folder, "eve")
        self.allowed, self.revoked = folder / "allowed", folder / "revoked"
        self.allow(self.ann.allowed())
        self.revoke()

    def allow(self, *lines: str) -> None:
        self.allowed.write_text("".join(lines))
        self.allowed.chmod(0o600)

    def revoke(self, *lines: str) -> None:
        self.revoked.write_text("".join(f"{line}\n" for line in lines))
        self.revoked.chmod(0o600)

    def push(self, key: SshKey | None, number: int = 0, text: str = "") -> str:
        payload = self.repository.payload({".workflows/a.yaml": text or GOOD % number}, f"number {number}")
        return self.repository.commit(payload, key.sign(payload) if key else b"")

    def tag(self, name: str, sha: str, key: SshKey) -> str:
        payload = self.repository.tag_payload(name, sha)
        return self.repository.tag(name, payload, key.sign(payload))

    def serving(self, mode: str = REQUIRED, ref: str = "main"):
        trust = Trust(str(self.allowed), None, str(self.revoked))
        signatures = Signatures({"w": Rule(mode, trust)}, lambda name, sha: time.time())
        url = f"file://{self.repository.path}"
        workspace = GitWorkspace(url, ref, identity="w", state_dir=self.server.state)
        return self.server.serving(signatures=signatures, w=workspace)


@pytest.fixture
def signed(tmp_path: Path) -> Signed:
    return Signed(tmp_path)


def test_a_revision_without_a_valid_signature_is_refused_and_the_last_good_one_stays(signed, caplog):
    good = signed.push(signed.ann, 1)
    with signed.serving() as served:
        assert served.refresh("w")
        now = served.get("w")
        assert (now.revision.id, now.signature.signer) == (good, "ann@example.com")
        for key, verdict in ((None, Verdict.UNSIGNED), (signed.eve, Verdict.UNTRUSTED)):
            bad = signed.push(key, 2)
            assert not served.refresh("w")
            now = served.get("w")
            assert (now.active[1].id, now.candidate.revision.id) == (good, bad)
            assert (now.candidate.signature.verdict, now.signature.verdict) == (verdict, Verdict.VALID)
            [problem] = now.candidate.problems
            assert problem.message == f"no valid signature: {now.candidate.signature.reason}"
            assert f"{bad} is refused, with no valid signature" in caplog.text
        mended = signed.push(signed.ann, 3)
        assert served.refresh("w")
        assert (served.get("w").active[1].id, served.get("w").candidate) == (mended, None)


def test_a_signature_does_not_make_up_for_errors(signed):
    broken = signed.push(signed.ann, text=BROKEN)
    with signed.serving() as served:
        served.refresh("w")
        candidate = served.get("w").candidate
        assert (candidate.revision.id, candidate.signature) == (broken, None)
        assert [problem.rule for problem in candidate.problems] == ["unknown-action"]


def test_a_refused_revision_becomes_active_once_its_signer_is_allowed(signed):
    sha = signed.push(signed.eve, 1)
    with signed.serving() as served:
        served.refresh("w")
        with pytest.raises(SignatureRefused, match="has no valid signature") as refused:
            served.get("w").active  # noqa: B018
        assert refused.value.signature.verdict is Verdict.UNTRUSTED
        seen = served.get("w")
        assert not served.refresh("w")
        assert served.get("w").candidate.revision == seen.candidate.revision
        signed.allow(signed.ann.allowed(), signed.eve.allowed())
        assert served.refresh("w")
        assert served.get("w").active[1].id == sha


@pytest.mark.parametrize("reachable", [True, False])
def test_the_active_revision_is_withdrawn_once_its_signer_is_revoked(signed, reachable):
    sha = signed.push(signed.ann, 1)
    with signed.serving() as served:
        served.refresh("w")
        told: list[object] = []
        served.observers.append(told.append)
        signed.revoke(signed.ann.public)
        if not reachable:
            signed.repository.path.rename(signed.folder / "away")
        assert not served.refresh("w")
        now = served.get("w")
        assert (now.snapshot, now.revision, now.candidate.revision.id) == (None, None, sha)
        assert now.candidate.signature.verdict is Verdict.REVOKED
        with pytest.raises(RevisionRefused, match="is revoked"):
            now.active  # noqa: B018
        assert told == []
        if not reachable:
            (signed.folder / "away").rename(signed.repository.path)
        signed.push(signed.eve, 2)
        served.refresh("w")
        assert served.get("w").snapshot is None
        signed.repository.git("update-ref", "refs/heads/main", sha)
        signed.revoke()
        assert served.refresh("w")
        assert served.get("w").active[1].id == sha


def test_the_active_revision_stays_while_the_file_of_signers_cannot_be_read(signed):
    sha = signed.push(signed.ann, 1)
    with signed.serving() as served:
        served.refresh("w")
        signed.allowed.rename(signed.folder / "away")
        served.refresh("w")
        now = served.get("w")
        assert now.active[1].id == sha
        assert "No such file or directory" in now.error
        (signed.folder / "away").rename(signed.allowed)
        served.refresh("w")
        assert (served.get("w").error, served.get("w").active[1].id) == (None, sha)


def test_nothing_is_served_while_the_file_of_signers_was_never_there(signed):
    signed.push(signed.ann, 1)
    signed.allowed.unlink()
    with signed.serving() as served:
        served.refresh("w")
        assert (served.get("w").snapshot, served.get("w").candidate.signature.verdict) == (None, Verdict.UNKNOWN)


def test_after_a_restart_the_last_good_revision_must_be_signed_too(signed):
    good = signed.push(signed.ann, 1)
    with signed.serving() as served:
        served.refresh("w")
    signed.push(None, 2)
    with signed.serving() as served:
        served.refresh("w")
        assert served.get("w").active[1].id == good
    signed.revoke(signed.ann.fingerprint)
    with signed.serving() as served:
        served.refresh("w")
        assert served.get("w").snapshot is None


def test_what_was_served_before_signatures_were_required_is_not_served_any_more(signed):
    signed.push(None, 1)
    with signed.serving(WARN) as served:
        served.refresh("w")
        assert served.get("w").snapshot is not None
    with signed.serving() as served:
        served.refresh("w")
        assert served.get("w").snapshot is None


def test_a_tag_that_is_served_stays_active_when_it_is_moved_also_after_a_restart(signed):
    good = signed.push(None, 1)
    signed.tag("v1", good, signed.ann)
    with signed.serving(ref="v1") as served:
        assert served.refresh("w")
        assert (served.get("w").active[1].id, served.get("w").signature.signed) == (good, "tag")
        bad = signed.push(None, 2)
        signed.repository.git("update-ref", "refs/tags/v1", bad)
        served.refresh("w")
        now = served.get("w")
        assert (now.active[1].id, now.candidate.revision.id) == (good, bad)
        assert now.candidate.signature.verdict is Verdict.UNSIGNED
    with signed.serving(ref="v1") as served:
        served.refresh("w")
        assert served.get("w").active[1].id == good


def test_if_signatures_are_only_reported_a_revision_is_served_and_the_reason_is_shown(signed, caplog):
    sha = signed.push(signed.eve, 1)
    with signed.serving(WARN) as served:
        assert served.refresh("w")
        now = served.get("w")
        assert (now.active[1].id, now.signature.verdict) == (sha, Verdict.UNTRUSTED)
        assert f"{sha} has no valid signature: the key {signed.eve.fingerprint}" in caplog.text


def test_a_revision_that_is_named_obeys_the_same_rule(signed):
    first = signed.push(None, 1)
    signed.repository.git("branch", "other", first)
    second = signed.push(signed.ann, 2)
    with signed.serving() as served:
        served.refresh("w")
        one = served.get("w")
        served.check(one, one.workspace.resolve(second), second)
        with pytest.raises(SignatureRefused, match="is not signed"):
            served.check(one, one.workspace.resolve(first), first)
        signed.tag("v1", first, signed.ann)
        served.check(one, one.workspace.resolve("v1"), "v1")
        with pytest.raises(WorkspaceError):
            served.check(one, one.revision.__class__("c" * 40), "main")
