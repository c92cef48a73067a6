"""Access to remote repositories: the allowed URLs, and the credentials that git gets.

Credentials are passed in the environment, never in arguments, which every process on the machine can read. They are
read again for each call, so that a token file can be replaced while a server runs. Certificates and host keys are
always checked, whatever the environment and git's own configuration say.
"""

from __future__ import annotations

import os
import re
import zlib
from base64 import b64encode
from shlex import quote
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gitflow.core.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Mapping

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:(?P<user>[^/@]*)@)?(?P<rest>[^@]*)\Z", re.DOTALL)
_SCP = re.compile(r"(?P<user>[A-Za-z0-9._][A-Za-z0-9._-]*)@(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?P<path>[^:-][^:]*)\Z")
_SCHEMES = ("https", "ssh", "file")
_SSH = "ssh -o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=30"
_MASK = "••••••"
_MAX_SECRET_BYTES = 65536

#: ``auth.host_keys`` -> what ssh does with a host it does not know. No setting accepts a key that has changed.
_HOST_KEYS = {"strict": "yes", "accept_new": "accept-new"}

#: git gives up on a server that sends nothing for a minute.
_SETTINGS = (
    *("-c", "http.sslVerify=true"),
    *("-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=60"),
    *("-c", "credential.interactive=false"),
)


def is_path(source: str) -> bool:
    """Whether a repository is given by its path on this machine."""
    return not source.startswith("-") and "::" not in source and not _URL.match(source) and not _SCP.match(source)


class GitCredentials:
    """``auth``: ``{type: token, token | token_file, username?}`` for https, ``{type: ssh_key, key | key_file,
    known_hosts?, host_keys?}`` for ssh. ``folder`` is where keys given as text, and accepted host keys, are kept."""

    def __init__(self, url: str, folder: str, auth: Mapping[str, str]) -> None:
        self.url, self._user = _split_url(url)
        self._folder = folder
        self._auth = auth
        self._secrets = {self._user, self._user.partition(":")[2], auth.get("token", "")} - {""}
        if auth.get("type") == "token" and not self.url.startswith("https://"):
            raise WorkspaceError(f"auth of type token works only with an https url, not with {self.url!r}")

    @property
    def settings(self) -> tuple[str, ...]:
        """Options of git. The one for this url overrides what a configuration file says about its host."""
        certain = ("-c", f"http.{self.url}.sslVerify=true") if self.url.startswith("https://") else ()
        return (*_SETTINGS, *certain)

    @property
    def local_path(self) -> str:
        """The path of a ``file://`` repository; empty for any other."""
        path = unquote(self.url.removeprefix("file://"))
        return f"/{path.lstrip('/')}" if self.url.startswith("file://") else ""

    def environment(self) -> dict[str, str]:
        """Raises WorkspaceError if a token or key cannot be read or written."""
        found = {"GIT_ALLOW_PROTOCOL": ":".join(_SCHEMES), "GIT_SSH_COMMAND": self._ssh()}
        user = self._user
        if self._auth.get("type") == "token":
            token = self._auth.get("token") or self._read("token_file")
            user = f"{self._auth.get('username') or 'git'}:{token}"
            self._secrets |= {token, user}
        return found | (self._basic(user) if user and self.url.startswith("https://") else {})

    def masked(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, _MASK)
        return without_user(text)

    def _ssh(self) -> str:
        checking = _HOST_KEYS.get(self._auth.get("host_keys", "strict"), "yes")
        command = f"{_SSH} -o StrictHostKeyChecking={checking}"
        if self._auth.get("type") == "ssh_key":
            command += f" -o IdentitiesOnly=yes -i {quote(self._auth.get('key_file') or self._write_key())}"
        known = self._auth.get("known_hosts") or (
            os.path.join(self._folder, "known_hosts") if checking == "accept-new" else ""
        )
        return command + (f" -o {quote('UserKnownHostsFile=' + known)}" if known else "")

    def _write_key(self) -> str:
        """Writes the key to a file, because ssh reads keys from files only."""
        text = self._auth.get("key", "").strip() + "\n"
        self._secrets |= {line for line in text.split("\n") if len(line) > 16 and not line.startswith("-----")}
        path = os.path.join(self._folder, "keys", f"{zlib.crc32(text.encode()):08x}")
        partial = f"{path}.{os.urandom(8).hex()}"
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            with open(partial, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(text)
            os.replace(partial, path)
        except OSError as error:
            raise WorkspaceError(f"the key for {self.url!r} cannot be written: {error.strerror}") from None
        return path

    def _read(self, name: str) -> str:
        path = self._auth.get(name, "")
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read(_MAX_SECRET_BYTES).strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise WorkspaceError(f"{name} {path!r} of {self.url!r} cannot be read: {why}") from None
        if not text:
            raise WorkspaceError(f"{name} {path!r} of {self.url!r} is empty")
        return text

    def _basic(self, user: str) -> dict[str, str]:
        """A header that is sent only to the host of this url, not after a redirect to another host."""
        is_in_url = user == self._user
        secret = b64encode((unquote(user) if is_in_url and "%" in user else user).encode()).decode()
        self._secrets.add(secret)
        host = "/".join(self.url.split("/")[:3])
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{host}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {secret}",
        }


def without_user(text: str) -> str:
    return re.sub(r"//[^/@\s]*@", "//", text)


def _split_url(source: str) -> tuple[str, str]:
    """(url without credentials, ``user:password`` from it). Raises WorkspaceError."""
    scp = _SCP.match(source)
    if scp:
        return source, ""
    found = _URL.match(source)
    if not found or found["scheme"].lower() not in _SCHEMES or re.search(r"[\x00-\x20\x7f]", source):
        raise WorkspaceError(
            f"{_without_password(source)!r} is not a url that gitflow accepts: use https, ssh, file or a path"
        )
    scheme, user, rest = found["scheme"].lower(), found["user"] or "", found["rest"]
    if (not rest or rest.startswith(("-", "/"))) and scheme != "file":
        raise WorkspaceError(f"{_without_password(source)!r} has no host")
    if scheme == "ssh" and user:
        name = user.partition(":")[0]
        if not re.fullmatch(r"[A-Za-z0-9._][A-Za-z0-9._-]*", name):
            raise WorkspaceError(f"{_without_password(source)!r} has an invalid user name")
        return f"ssh://{name}@{rest}", ""
    return f"{scheme}://{rest}", user


def _without_password(source: str) -> str:
    """Removes what precedes the last ``@``: it may be a password."""
    return re.sub(r"//.*@", "//", source, flags=re.DOTALL)
