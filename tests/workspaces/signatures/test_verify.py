"""Who signed a commit, or the tag that names it: by the configured files, and by nothing else. With real keys."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from gitflow.core.errors import WorkspaceError
from gitflow.core.signatures import Signature, Verdict
from gitflow.workspaces import isolation
from gitflow.workspaces.signatures.trust import Trust
from gitflow.workspaces.signatures.verify import verify
from signing import DAY_S, Repository, SshKey, call, needs_signing, stamp

pytestmark = needs_signing

NOW = time.time()
FILES = {".workflows/a.yaml": "tasks: {}\n"}


class Checker:
    """Checks revisions of a repository by files that a test writes; what was seen when is up to the test."""

    def __init__(self, repository: Repository, folder: Path) -> None:
        self.repository, self.folder = repository, folder
        self.trust = Trust()
        self.seen: dict[str, float] = {}

    def allow(self, *lines: str) -> None:
        self.trust = Trust(self.file("allowed", "".join(lines)), self.trust.gpg_keyring, self.trust.revoked_signers)

    def keyring(self, path: Path) -> None:
        self.trust = Trust(self.trust.allowed_signers, str(path), self.trust.revoked_signers)

    def revoke(self, *lines: str) -> None:
        revoked = self.file("revoked", "".join(f"{line}\n" for line in lines))
        self.trust = Trust(self.trust.allowed_signers, self.trust.gpg_keyring, revoked)

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o644)
        return str(path)

    def __call__(self, named: str = "main", sha: str | None = None) -> Signature:
        sha = sha or self.repository.git("rev-parse", f"{named}^{{commit}}")
        git_dir = str(self.repository.path / ".git")
        return verify(git_dir, sha, named, self.trust, lambda object: self.seen.get(object, NOW))


@pytest.fixture
def check(repository: Repository, tmp_path: Path, ann: SshKey) -> Checker:
    """Ann is an allowed signer."""
    checker = Checker(repository, tmp_path)
    checker.allow(ann.allowed())
    return checker


def commit(repository: Repository, key: SshKey | None, message: str = "change", parents: tuple[str, ...] = ()) -> str:
    payload = repository.payload(FILES, message, parents)
    return repository.commit(payload, key.sign(payload) if key else b"")


def test_a_commit_that_an_allowed_signer_has_signed_is_valid(repository, check, ann):
    sha = commit(repository, ann)
    assert check() == Signature(Verdict.VALID, "commit", sha, "ann@example.com", ann.fingerprint, NOW)


def test_a_commit_that_git_itself_has_signed_is_valid(repository, check, ann, gpg, tmp_path):
    key = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={ann.folder / ann.name}")
    repository.git(*key, "commit", "-q", "--allow-empty", "-S", "-m", "by git")
    assert check().verdict is Verdict.VALID
    repository.git(*key, "tag", "-s", "-m", "by git", "v1")
    repository.git("commit", "-q", "--allow-empty", "-m", "not signed")
    repository.git(*key, "tag", "-s", "-m", "by git", "v2")
    assert (check("v2").verdict, check("v2").signed) == (Verdict.VALID, "tag")
    fingerprint = gpg.make("gina")
    check.keyring(gpg.export(tmp_path / "ring", "gina"))
    call(
        *("git", "-c", f"user.signingKey={fingerprint}", "commit", "-q", "--allow-empty", "-S", "-m", "by gpg"),
        cwd=repository.path,
        GNUPGHOME=str(gpg.folder),
    )
    assert (check().verdict, check().key) == (Verdict.VALID, fingerprint)


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_both_kinds_of_hash_are_understood(tmp_path, ann, object_format):
    repository = Repository(tmp_path / object_format, object_format)
    checker = Checker(repository, tmp_path)
    checker.allow(ann.allowed())
    payload = repository.payload(FILES)
    header = "gpgsig" if object_format == "sha1" else "gpgsig-sha256"
    repository.commit(payload, ann.sign(payload), header)
    assert checker().verdict is Verdict.VALID


def test_a_commit_without_a_signature_is_unsigned(repository, check):
    commit(repository, None)
    assert (check().verdict, check().reason) == (Verdict.UNSIGNED, "the commit is not signed")


def test_the_key_of_a_stranger_does_not_count(repository, check, eve):
    commit(repository, eve)
    found = check()
    assert (found.verdict, found.key, found.signer) == (Verdict.UNTRUSTED, eve.fingerprint, "")


def test_a_signature_over_something_else_is_invalid(repository, check, ann):
    payload = repository.payload(FILES)
    repository.commit(payload, ann.sign(payload.replace(b"change", b"other")))
    assert (check().verdict, check().reason) == (Verdict.INVALID, "the signature does not fit what it signs")


@pytest.mark.parametrize("namespace", ["file", "gitflow", "git@example.com"])
def test_a_signature_for_another_purpose_is_invalid(repository, check, ann, namespace):
    check.allow(ann.allowed(""))
    payload = repository.payload(FILES)
    repository.commit(payload, ann.sign(payload, namespace))
    assert check().verdict is Verdict.INVALID


def test_two_signatures_are_refused_whichever_comes_first(repository, check, ann, eve):
    from signing import signed

    payload = repository.payload(FILES)
    for first, second in ((ann, eve), (eve, ann), (ann, ann)):
        repository.commit(signed(payload, first.sign(payload)), second.sign(payload))
        assert (check().verdict, check().reason) == (Verdict.INVALID, "the commit has several signatures")


@pytest.mark.parametrize("signature", [b"\n", b"Ann", b"-----BEGIN SSH SIGNATURE-----\n", b"x" * 70_000])
def test_a_malformed_or_huge_signature_is_invalid(repository, check, signature):
    repository.commit(repository.payload(FILES), signature)
    assert check().verdict is Verdict.INVALID


def test_a_signature_that_is_cut_off_is_invalid(repository, check, ann):
    import base64

    payload = repository.payload(FILES)
    data = base64.b64decode(b"".join(ann.sign(payload).split(b"\n")[1:-2]))
    for size in (10, 40, len(data) - 1):
        cut = base64.encodebytes(data[:size])
        repository.commit(payload, b"-----BEGIN SSH SIGNATURE-----\n" + cut + b"-----END SSH SIGNATURE-----\n")
        assert check().verdict is Verdict.INVALID


def test_the_signed_tip_vouches_for_its_history_and_for_nothing_that_follows(repository, check, ann):
    unsigned = commit(repository, None, "by nobody")
    signed = commit(repository, ann, "by Ann", (unsigned,))
    assert check().verdict is Verdict.VALID
    assert check(unsigned).verdict is Verdict.UNSIGNED
    commit(repository, None, "after it", (signed,))
    assert check().verdict is Verdict.UNSIGNED


def test_an_unsigned_merge_of_signed_commits_is_unsigned(repository, check, ann):
    base = commit(repository, ann, "base")
    left, right = commit(repository, ann, "left", (base,)), commit(repository, ann, "right", (base,))
    commit(repository, None, "merge", (left, right))
    assert check().verdict is Verdict.UNSIGNED


def test_a_key_counts_by_when_the_commit_was_first_seen(repository, check, ann):
    """The commit says that it is of 2023, which nobody need believe."""
    sha = commit(repository, ann)
    check.allow(ann.allowed(f'valid-before="{stamp(NOW)}"'))
    check.seen = {sha: NOW - DAY_S}
    assert check().verdict is Verdict.VALID
    check.seen = {sha: NOW + DAY_S}
    assert (check().verdict, check().signer) == (Verdict.EXPIRED, "")
    check.allow(ann.allowed(f'valid-after="{stamp(NOW)}"'))
    assert check().verdict is Verdict.VALID
    check.seen = {sha: NOW - DAY_S}
    assert check().verdict is Verdict.UNTRUSTED


def test_a_revoked_key_never_counts(repository, check, ann, eve, tmp_path):
    sha = commit(repository, ann)
    check.seen = {sha: NOW - 900 * DAY_S}
    check.revoke(eve.public)
    assert check().verdict is Verdict.VALID
    for line in (ann.public, ann.fingerprint, f"{ann.public} # stolen", f"  {ann.fingerprint}  # stolen"):
        check.revoke("# lost keys", "", eve.public, line)
        assert (check().verdict, check().reason) == (Verdict.REVOKED, f"the key {ann.fingerprint} is revoked"), line
    krl = tmp_path / "krl"
    call("ssh-keygen", "-q", "-k", "-f", str(krl), str(ann.folder / "ann.pub"))
    check.trust = Trust(check.trust.allowed_signers, None, str(krl))
    assert check().verdict is Verdict.REVOKED


def test_a_certificate_counts_as_long_as_its_authority_says(repository, check, eve, tmp_path):
    authority = SshKey(tmp_path, "authority")
    check.allow(f'*@example.com cert-authority,namespaces="git" {authority.public}\n')
    public = eve.folder / "eve.pub"
    start, end = stamp(NOW - DAY_S), stamp(NOW + DAY_S)
    call("ssh-keygen", "-q", "-s", str(authority.folder / "authority"), "-I", "eve", "-n", "eve@example.com",
         "-V", f"{start}:{end}", str(public))  # fmt: skip
    certificate = eve.folder / "eve-cert.pub"
    payload = repository.payload(FILES)
    try:
        signature = call("ssh-keygen", "-q", "-Y", "sign", "-f", str(certificate), "-n", "git", source=payload)
    finally:
        certificate.unlink()
    sha = repository.commit(payload, signature)
    assert (check().verdict, check().signer) == (Verdict.VALID, "eve@example.com")
    check.revoke(authority.public)
    assert check().verdict is Verdict.REVOKED
    check.revoke()
    check.seen = {sha: NOW + 2 * DAY_S}
    assert check().verdict in (Verdict.EXPIRED, Verdict.UNTRUSTED)


def test_a_tag_vouches_for_the_commit_that_is_asked_for_by_its_name(repository, check, ann):
    sha = commit(repository, None)
    payload = repository.tag_payload("v1", sha)
    tag = repository.tag("v1", payload, ann.sign(payload))
    found = check("v1")
    assert (found.verdict, found.signed, found.object, found.signer) == (Verdict.VALID, "tag", tag, "ann@example.com")
    for named in ("refs/tags/v1", "tags/v1", tag):
        assert check(named).verdict is Verdict.VALID, named
    for named in ("main", sha):
        assert check(named, sha).verdict is Verdict.UNSIGNED, named


def test_a_key_of_a_tag_counts_by_when_the_tag_was_first_seen_not_the_commit(repository, check, ann):
    sha = commit(repository, None)
    payload = repository.tag_payload("v1", sha)
    tag = repository.tag("v1", payload, ann.sign(payload))
    check.allow(ann.allowed(f'valid-before="{stamp(NOW)}"'))
    check.seen = {sha: NOW - DAY_S, tag: NOW + DAY_S}
    assert check("v1").verdict is Verdict.EXPIRED


def test_a_tag_that_was_moved_vouches_for_nothing(repository, check, ann, eve):
    old, new = commit(repository, None, "old"), commit(repository, None, "new")
    payload = repository.tag_payload("v1", old)
    tag = repository.tag("v1", payload, ann.sign(payload))
    repository.git("update-ref", "refs/tags/v2", tag)
    found = check("v2", old)
    assert (found.verdict, found.reason) == (Verdict.INVALID, "the tag was made as 'v1', not 'v2'")
    assert (check("v1", new).verdict, check("v1", new).reason) == (Verdict.INVALID, "the tag names another commit")
    repository.git("update-ref", "refs/tags/v1", new)
    assert check("v1").verdict is Verdict.UNSIGNED
    payload = repository.tag_payload("v1", new)
    repository.tag("v1", payload, eve.sign(payload))
    assert check("v1").verdict is Verdict.UNTRUSTED
    repository.tag("v1", payload)
    assert (check("v1").verdict, check("v1").reason) == (Verdict.UNSIGNED, "the tag is not signed")


def test_a_tag_of_a_tag_vouches_for_nothing(repository, check, ann):
    sha = commit(repository, None)
    inner = repository.tag("v1", repository.tag_payload("v1", sha))
    payload = repository.tag_payload("v2", inner, "tag")
    repository.tag("v2", payload, ann.sign(payload))
    assert check("v2", sha).verdict is Verdict.INVALID


def test_a_branch_of_the_same_name_hides_a_tag(repository, check, ann):
    sha = commit(repository, None)
    payload = repository.tag_payload("main", sha)
    repository.tag("main", payload, ann.sign(payload))
    assert check("main", sha).verdict is Verdict.UNSIGNED


def test_what_the_repository_says_of_signers_and_programs_does_not_count(repository, check, eve, tmp_path, monkeypatch):
    """Files and settings that git would follow; a program that must not run leaves a file behind."""
    canary = tmp_path / "canary"
    program = tmp_path / "hostile"
    program.write_text(f"#!/bin/sh\ntouch {canary}\necho Good\nexit 0\n")
    program.chmod(0o755)
    planted = dict.fromkeys(("allowed_signers", ".gitsigners", ".ssh/allowed_signers"), eve.allowed())
    payload = repository.payload({**FILES, **planted})
    repository.commit(payload, eve.sign(payload))
    allowed = str(repository.path / "allowed_signers")
    for config in (("config",), ("config", "--global")):
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
        for name, value in {
            "gpg.program": program, "gpg.ssh.program": program, "gpg.openpgp.program": program,
            "gpg.ssh.allowedSignersFile": allowed, "gpg.format": "ssh", "gpg.minTrustLevel": "undefined",
        }.items():  # fmt: skip
            repository.git(*config, name, str(value))
    monkeypatch.setenv("HOME", str(repository.path))
    monkeypatch.chdir(repository.path)
    assert check().verdict is Verdict.UNTRUSTED
    subprocess.run(["git", "verify-commit", "main"], cwd=repository.path, check=False, capture_output=True)
    assert canary.exists(), "the trap does not work"


def test_an_account_with_keys_of_its_own_adds_no_signer(repository, check, gpg, tmp_path, monkeypatch):
    gpg.make("hal")
    payload = repository.payload(FILES)
    repository.commit(payload, gpg.sign("hal", payload))
    gpg.export(gpg.folder / "trustedkeys.gpg", "hal")
    monkeypatch.setenv("GNUPGHOME", str(gpg.folder))
    gpg.make("ivy")
    check.keyring(gpg.export(tmp_path / "ring", "ivy"))
    assert check().verdict is Verdict.UNTRUSTED


def test_an_openpgp_key_of_the_keyring_counts_and_no_other(repository, check, gpg, tmp_path):
    fingerprint = gpg.make("kim")
    gpg.make("liz")
    ring = gpg.export(tmp_path / "ring", "kim")
    payload = repository.payload(FILES)
    sha = repository.commit(payload, gpg.sign("kim", payload))
    found = check()
    assert (found.verdict, found.reason) == (
        Verdict.UNTRUSTED,
        "it is an OpenPGP signature, and no gpg_keyring is configured",
    )
    check.keyring(ring)
    assert check() == Signature(Verdict.VALID, "commit", sha, "kim <kim@example.com>", fingerprint, NOW)
    repository.commit(payload, gpg.sign("liz", payload))
    assert check().verdict is Verdict.UNTRUSTED
    repository.commit(payload, gpg.sign("kim", payload + b" "))
    assert check().verdict is Verdict.INVALID
    tag = repository.tag_payload("v1", repository.commit(payload))
    repository.tag("v1", tag, gpg.sign("kim", tag))
    assert (check("v1").verdict, check("v1").signed) == (Verdict.VALID, "tag")


def test_an_openpgp_key_that_expired_counts_by_when_the_commit_was_first_seen(repository, check, gpg, tmp_path):
    made = NOW - 400 * DAY_S
    gpg.make("max", "30d", made)
    check.keyring(gpg.export(tmp_path / "ring", "max"))
    payload = repository.payload(FILES)
    sha = repository.commit(payload, gpg.sign("max", payload, made + DAY_S))
    assert check().verdict is Verdict.EXPIRED
    check.seen = {sha: made + 2 * DAY_S}
    assert check().verdict is Verdict.VALID
    check.seen = {sha: made + 31 * DAY_S}
    assert check().verdict is Verdict.EXPIRED


def test_an_openpgp_signature_that_expires_counts_until_then(repository, check, gpg, tmp_path):
    made = NOW - 400 * DAY_S
    gpg.make("ned", "never", made)
    check.keyring(gpg.export(tmp_path / "ring", "ned"))
    payload = repository.payload(FILES)
    signature = gpg.sign("ned", payload, made + DAY_S, "--default-sig-expire", "10d")
    sha = repository.commit(payload, signature)
    assert check().verdict is Verdict.EXPIRED
    check.seen = {sha: made + 2 * DAY_S}
    assert check().verdict is Verdict.VALID


def test_a_revoked_openpgp_key_never_counts(repository, check, gpg, tmp_path):
    fingerprint = gpg.make("olga")
    payload = repository.payload(FILES)
    repository.commit(payload, gpg.sign("olga", payload))
    check.keyring(gpg.export(tmp_path / "ring", "olga"))
    grouped = " ".join(fingerprint[at : at + 4] for at in range(0, 40, 4))
    for line in (fingerprint, fingerprint.lower(), grouped):
        check.revoke(line)
        assert check().verdict is Verdict.REVOKED
    check.revoke()
    assert check().verdict is Verdict.VALID
    gpg.revoke(fingerprint)
    check.keyring(gpg.export(tmp_path / "ring", "olga"))
    assert check().verdict is Verdict.REVOKED


def test_an_openpgp_signature_with_a_broken_digest_is_invalid(repository, check, gpg, tmp_path):
    gpg.make("pat")
    check.keyring(gpg.export(tmp_path / "ring", "pat"))
    payload = repository.payload(FILES)
    weak = ("--allow-weak-digest-algos", "--digest-algo", "SHA1")
    repository.commit(payload, gpg.sign("pat", payload, None, *weak))
    assert check().verdict is Verdict.INVALID


def test_an_openpgp_message_that_is_signed_inside_itself_is_no_signature(repository, check, gpg, tmp_path):
    gpg.make("quinn")
    check.keyring(gpg.export(tmp_path / "ring", "quinn"))
    payload = repository.payload(FILES)
    inline = gpg.gpg("-u", "quinn@example.com", "--armor", "--sign", source=payload)
    for message in (inline, inline.replace(b"PGP MESSAGE", b"PGP SIGNATURE")):
        repository.commit(payload, message)
        assert check().verdict is Verdict.INVALID


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: path.unlink(), "No such file"),
        (lambda path: path.chmod(0o666), "everybody may write to it"),
        (lambda path: (path.unlink(), path.mkdir()), "Is a directory"),
        (lambda path: (path.unlink(), os.mkfifo(path)), "it is not a file"),
    ],
)
def test_a_file_of_signers_that_cannot_be_relied_on_makes_every_signature_unknown(repository, check, ann, spoil, why):
    commit(repository, ann)
    spoil(Path(check.trust.allowed_signers))
    found = check()
    assert found.verdict is Verdict.UNKNOWN
    assert why in found.reason


def test_a_file_of_revoked_keys_that_cannot_be_read_refuses_everything(repository, check, ann, tmp_path):
    commit(repository, ann)
    check.revoke("ssh-ed25519 what is this")
    assert check().verdict is Verdict.UNKNOWN
    assert "revoked:1 is neither an SSH public key" in check().reason
    check.trust = Trust(check.trust.allowed_signers, None, str(tmp_path / "nowhere"))
    assert check().verdict is Verdict.UNKNOWN


def test_a_keyring_that_is_none_makes_every_signature_unknown(repository, check, gpg, tmp_path):
    gpg.make("rob")
    payload = repository.payload(FILES)
    repository.commit(payload, gpg.sign("rob", payload))
    for content in (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n", b"no keyring"):
        (tmp_path / "ring").write_bytes(content)
        check.keyring(tmp_path / "ring")
        assert check().verdict in (Verdict.UNKNOWN, Verdict.UNTRUSTED)


def test_without_the_program_that_checks_a_signature_it_is_unknown(repository, check, ann, tmp_path, monkeypatch):
    commit(repository, ann)
    (tmp_path / "bin").mkdir()
    git = call("sh", "-c", "command -v git").decode().strip()
    (tmp_path / "bin" / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert (check("main", sha=call(git, "rev-parse", "main", cwd=repository.path).decode().strip()).reason) == (
        "ssh-keygen is not installed, which checks these signatures"
    )


def test_an_object_whose_content_was_exchanged_on_the_disk_is_refused(repository, check, ann):
    payload = repository.payload(FILES)
    signed = repository.commit(payload, ann.sign(payload))
    victim = repository.commit(repository.payload(FILES, "victim"))
    objects = repository.path / ".git/objects"
    path = objects / victim[:2] / victim[2:]
    path.chmod(0o644)
    path.write_bytes((objects / signed[:2] / signed[2:]).read_bytes())
    assert (check("main", victim).verdict, check("main", victim).object) == (Verdict.INVALID, victim)
    assert "not what its SHA says" in check("main", victim).reason


def test_a_commit_that_is_not_there_is_an_error(repository, check):
    with pytest.raises(WorkspaceError, match="there is no commit"):
        check("main", "c" * 40)


def test_no_file_is_left_behind(repository, check, ann, monkeypatch):
    made = []
    make = isolation.private_folder
    monkeypatch.setattr(isolation, "private_folder", lambda: made.append(make()) or made[-1])
    commit(repository, ann)
    check()
    assert made
    assert not [folder for folder in made if os.path.exists(folder)]
