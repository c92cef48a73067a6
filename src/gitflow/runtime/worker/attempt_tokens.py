"""Tokens for the attempts of agents. The holder of a token may speak for this attempt of this worker, and for nothing
else.

A token is an HMAC over job, step, attempt and worker. It does not depend on the server, so it stays valid after a
takeover.
"""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING
from uuid import UUID

from gitflow.stores.secret_files import write_once

if TYPE_CHECKING:
    Key = tuple[str, str, int]

#: The file in the state directory, for a server without a configured secret.
SECRET_FILE = "attempt-tokens.key"


class AttemptTokens:
    """Reads or creates its secret when the first agent needs it."""

    def __init__(self, state_dir: str, secret: str | None = None) -> None:
        """``secret``: the configured one (``auth.jwt_secret``), which all servers of a store share."""
        self._path = os.path.join(state_dir, SECRET_FILE)
        self._given = secret
        self._secret = b""

    def token(self, key: Key, worker_id: str) -> str:
        return self._digest("attempt", *map(str, key), worker_id).hex()

    def fits(self, given: str, key: Key, worker_id: str) -> bool:
        """Whether a text is the token of this attempt of this worker, compared in constant time."""
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self.token(key, worker_id).encode())

    def key_of(self, token: str) -> bytes:
        """The key that seals the report of the attempt."""
        return self._digest("report", token)

    def worker_id(self, agent_id: str, key_id: str) -> str:
        """The id of an agent as a worker. It depends on the API key, so nobody can take over the attempts of an agent
        with another key."""
        return str(UUID(bytes=self._digest("worker", agent_id, key_id)[:16], version=4))

    def _digest(self, *words: str) -> bytes:
        if not self._secret:
            self._secret = hmac.digest((self._given or self._generated()).encode(), b"gitflow attempts", "sha256")
        return hmac.digest(self._secret, "\0".join(words).encode("utf-8", "surrogatepass"), "sha256")

    def _generated(self) -> str:
        try:
            with open(self._path, encoding="ascii") as file:
                return file.read()
        except FileNotFoundError:
            write_once(self._path, os.urandom(32).hex().encode())
            return self._generated()
