"""Real keys, and repositories with commits and tags that are signed by them: for tests of signatures.

What signs is called as git calls it, but the objects are put together here, so that a test can also make those that
git itself would not write.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

MISSING = [tool for tool in ("ssh-keygen", "gpg", "gpg-agent", "gpgv") if shutil.which(tool) is None]
#: `make check` installs them on the machine of a continuous integration.
needs_signing = pytest.mark.skipif(bool(MISSING), reason=f"this machine has no {' and no '.join(MISSING)}")

DAY_S = 86_400.0
WHO = "Ann <ann@example.com>"
#: The date of every commit that is made here; it proves nothing.
DATE = "1700000000 +0000"


def call(*command: str, source: bytes = b"", cwd: Path | None = None, **environ: str) -> bytes:
    done = subprocess.run(command, input=source, capture_output=True, cwd=cwd, env={**os.environ, **environ})
    assert done.returncode == 0, (command, done.stderr.decode(errors="replace"))
    return done.stdout


def stamp(at: float) -> str:
    """As allowed signers and GnuPG write a time, in UTC."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(at))


def _faked(at: float | None) -> tuple[str, ...]:
    return () if at is None else ("--faked-system-time", time.strftime("%Y%m%dT%H%M%S", time.gmtime(at)))


class SshKey:
    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name))

    @property
    def public(self) -> str:
        return (self.folder / f"{self.name}.pub").read_text().strip()

    @property
    def fingerprint(self) -> str:
        return call("ssh-keygen", "-l", "-f", str(self.folder / f"{self.name}.pub")).decode().split()[1]

    def sign(self, payload: bytes, namespace: str = "git") -> bytes:
        key = str(self.folder / self.name)
        return call("ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", namespace, source=payload)

    def allowed(self, options: str = 'namespaces="git"') -> str:
        return f"{self.name}@example.com {options} {self.public}\n"


class GpgHome:
    """Keys of OpenPGP, by the name of who has them."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gf-"))  # its agent's socket needs a short path

    def gpg(self, *command: str, source: bytes = b"") -> bytes:
        return call("gpg", "--batch", "--quiet", *command, source=source, GNUPGHOME=str(self.folder))

    def make(self, name: str, expires: str = "never", at: float | None = None) -> str:
        """The fingerprint of a new key; ``at``: the time at which it is made."""
        who = f"{name} <{name}@example.com>"
        self.gpg(*_faked(at), "--passphrase", "", "--quick-gen-key", who, "ed25519", "sign", expires)
        lines = self.gpg("--with-colons", "--list-keys", f"{name}@example.com").decode().splitlines()
        return next(line.split(":")[9] for line in lines if line.startswith("fpr:"))

    def sign(self, name: str, payload: bytes, at: float | None = None, *options: str) -> bytes:
        return self.gpg(*_faked(at), *options, "-u", f"{name}@example.com", "--armor", "--detach-sign", source=payload)

    def revoke(self, fingerprint: str) -> None:
        """With the certificate that GnuPG made for that case."""
        path = self.folder / "openpgp-revocs.d" / f"{fingerprint}.rev"
        self.gpg("--import", source=path.read_bytes().replace(b":-----BEGIN", b"-----BEGIN"))

    def export(self, path: Path, *names: str) -> Path:
        path.write_bytes(self.gpg("--export", *names))
        return path

    def close(self) -> None:
        call("gpgconf", "--kill", "all", GNUPGHOME=str(self.folder))
        shutil.rmtree(self.folder, ignore_errors=True)


class Repository:
    """A repository whose commits are written by hand. ``main`` is its branch."""

    def __init__(self, folder: Path, object_format: str = "sha1") -> None:
        self.path = folder
        folder.mkdir(parents=True)
        call("git", "init", "-q", "-b", "main", f"--object-format={object_format}", ".", cwd=folder)

    def git(self, *command: str, source: bytes = b"") -> str:
        return call("git", *command, source=source, cwd=self.path).decode().strip()

    def write(self, kind: str, data: bytes) -> str:
        """An object as it is, whatever git thinks of it; answers its SHA."""
        return self.git("hash-object", "-t", kind, "-w", "--stdin", "--literally", source=data)

    def tree(self, files: Mapping[str, str]) -> str:
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "-A", "-f", ".")
        return self.git("write-tree")

    def payload(self, files: Mapping[str, str], message: str = "change", parents: tuple[str, ...] = ()) -> bytes:
        """A commit that is not signed yet."""
        lines = [f"tree {self.tree(files)}", *(f"parent {parent}" for parent in parents)]
        return "\n".join([*lines, f"author {WHO} {DATE}", f"committer {WHO} {DATE}", "", message, ""]).encode()

    def commit(
        self, payload: bytes, signature: bytes = b"", header: str = "gpgsig", ref: str = "refs/heads/main"
    ) -> str:
        sha = self.write("commit", signed(payload, signature, header) if signature else payload)
        if ref:
            self.git("update-ref", ref, sha)
        return sha

    def tag_payload(self, name: str, sha: str, kind: str = "commit") -> bytes:
        return f"object {sha}\ntype {kind}\ntag {name}\ntagger {WHO} {DATE}\n\nversion\n".encode()

    def tag(self, name: str, payload: bytes, signature: bytes = b"") -> str:
        sha = self.write("tag", payload + signature)
        self.git("update-ref", f"refs/tags/{name}", sha)
        return sha


def signed(payload: bytes, signature: bytes, header: str = "gpgsig") -> bytes:
    """The commit with the signature among its headers, as git writes it."""
    head, _, message = payload.partition(b"\n\n")
    folded = signature.rstrip(b"\n").replace(b"\n", b"\n ")
    return head + b"\n" + header.encode() + b" " + folded + b"\n\n" + message
