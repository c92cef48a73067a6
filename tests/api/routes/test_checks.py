"""A change judged over HTTP: its definitions, its plan and the policy of its base, and nothing else."""

from __future__ import annotations

from pathlib import Path

from committing import commit, git
from signing import SshKey, needs_signing

TEXT = 'tasks: {{hello: {{timeout: {timeout}, flow: {{say: {{type: shell, cmd: "echo hello"}}}}}}}}\n'
POLICY = "rules:\n  quick: {max_timeout: 1h}\n"
OWNED = "rules:\n  owned: {owners: [ann@example.com]}\n"


def _write(repository: Path, timeout: str, policy: str = POLICY) -> str:
    (repository / ".workflows").mkdir(exist_ok=True)
    (repository / ".workflows/policy.yaml").write_text(policy)
    return commit(repository, TEXT.format(timeout=timeout))


def test_what_was_refused_is_judged_by_the_policy_in_force(start, repository):
    first = _write(repository, "10m")
    server = start()
    second = _write(repository, "2h", policy="rules: {}\n")
    server.refresh("w")
    found = server.post("/api/workspaces/w/check", {}).json
    plan = found["plan"]
    assert (plan["base"]["revision"], plan["head"]["commit"]["sha"]) == (first, second)
    assert found["passed"] is False
    assert [each["rule"] for each in found["violations"]] == ["quick"]
    assert [(each["rule"], each["change"]) for each in found["policy_changes"]] == [("quick", "removed")]
    [change] = plan["changes"]
    assert (change["name"], change["summary"]) == ("hello", "timeout changed")


def test_both_revisions_can_be_named(start, repository):
    first = _write(repository, "2h")
    second = _write(repository, "10m")
    server = start()
    found = server.post("/api/workspaces/w/check", {"base": first, "head": second}).json
    assert (found["passed"], found["violations"]) == (True, [])
    back = server.post("/api/workspaces/w/check", {"base": second, "head": first}).json
    assert (back["passed"], [each["rule"] for each in back["violations"]]) == (False, ["quick"])
    assert server.post("/api/workspaces/w/check", {"base": "nowhere"}).status == 404
    assert server.post("/api/workspaces/nowhere/check", {}).status == 404
    assert server.post("/api/workspaces/w/check", {"rev": first}).status == 400
    assert server.get("/api/jobs").json == []


@needs_signing
def test_an_owner_is_known_by_the_signers_of_the_configuration(start, repository, tmp_path):
    allowed = tmp_path / "allowed"
    allowed.write_text("".join(SshKey(tmp_path, who).allowed() for who in ("ann", "bob")))
    base = _write(repository, "10m", OWNED)
    server = start({"verify": {"signatures": "warn", "allowed_signers": str(allowed)}})
    for signer, timeout, passed in (("bob", "20m", False), ("ann", "30m", True)):
        _write(repository, timeout, OWNED)
        key = f"user.signingkey={tmp_path / signer}"
        git(repository, "-c", "gpg.format=ssh", "-c", key, "commit", "-q", "--amend", "--no-edit", "-S")
        server.refresh("w")
        found = server.post("/api/workspaces/w/check", {"base": base, "head": "main"}).json
        assert found["passed"] is passed, found
