"""Commits of the API that are signed, and a workspace that serves signed revisions alone."""

from __future__ import annotations

from typing import Any

import pytest
from desk import GOOD, ONE, Desk

from gitflow.core.signatures import Verdict
from gitflow.workspaces.signatures.trust import Trust
from gitflow.workspaces.signatures.verify import verify
from signing import GpgHome, SshKey, needs_signing

pytestmark = needs_signing


@pytest.fixture
def gpg():
    made = GpgHome()
    yield made
    made.close()


class Signed:
    """A desk whose server has a key, and the trust in that key."""

    def __init__(self, desk: Desk, kind: str, gpg: GpgHome) -> None:
        self.desk, folder = desk, desk.folder
        self.key = folder / "signer"
        if kind == "ssh":
            allowed = folder / "allowed"
            allowed.write_text(SshKey(folder, "signer").allowed())
            self.trust = Trust(str(allowed), None, None)
            self.verify: dict[str, Any] = {"allowed_signers": str(allowed)}
        else:
            gpg.make("signer")
            self.key.write_bytes(gpg.gpg("--armor", "--export-secret-keys", "signer@example.com"))
            ring = gpg.export(folder / "ring", "signer@example.com")
            self.trust = Trust(None, str(ring), None)
            self.verify = {"gpg_keyring": str(ring)}
        desk.settings["sign"] = {"key": str(self.key)}

    def verdict(self, sha: str) -> Verdict:
        return verify(str(self.desk.remote.bare), sha, None, self.trust, lambda sha: 2_000_000_000.0).verdict


@pytest.fixture(params=["ssh", "openpgp"])
def signed(request: pytest.FixtureRequest, make: Any, gpg: GpgHome) -> Signed:
    return Signed(make(), request.param, gpg)


def test_a_commit_is_signed_with_the_key_of_the_server(signed):
    made = signed.desk.put(GOOD % "new").json
    assert signed.verdict(made["revision"]) is Verdict.VALID
    assert signed.verdict(signed.desk.base) is Verdict.UNSIGNED


def test_a_workspace_of_signed_revisions_serves_what_the_server_signs(signed):
    signed.desk.settings["verify"] = {"signatures": "required", **signed.verify}
    assert signed.desk.server.get(ONE).json["revision"] is None  # a person's commit, not signed
    made = signed.desk.put(GOOD % "new")
    assert (made.status, made.json["active"]) == (200, True), made
    assert signed.desk.server.get(ONE).json["signature"]["verdict"] == "valid"


def test_without_a_key_nothing_is_pushed_where_signatures_are_required(signed):
    signed.desk.settings["verify"] = {"signatures": "required", **signed.verify}
    del signed.desk.settings["sign"]
    reply = signed.desk.put(GOOD % "new")
    assert (reply.status, [each["rule"] for each in reply.json["problems"]]) == (422, ["signature"]), reply
    assert signed.desk.remote.tip() == signed.desk.base
    signed.desk.settings["writable"] = True
    signed.desk.restart()
    assert signed.desk.put(GOOD % "new").status == 202  # whoever merges it signs


@pytest.mark.parametrize("content", [None, b"", b"no key", b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
def test_a_key_that_cannot_be_used_is_told_of_and_nothing_is_pushed(make, content):
    desk = make({"sign": {"key": "/nowhere/key"}})
    if content is not None:
        (desk.folder / "key").write_bytes(content)
        desk.settings["sign"] = {"key": str(desk.folder / "key")}
    reply = desk.put(GOOD % "new")
    assert (reply.status, "which signs commits" in reply.json["error"]) == (503, True), reply
    assert desk.remote.tip() == desk.base
    assert desk.left() == []
