"""Signing in at a server, staying signed in, and signing out, for the commands of this machine.

The access token is renewed when it has expired. The next refresh token is made here and written before it is asked
for: a process that is killed before it has read the answer leaves what the next one needs to ask again.
"""

from __future__ import annotations

import base64
import os
import socket
import time
from typing import TYPE_CHECKING

from gitflow.cli.backends.client import Client, ServerRefused, path_of
from gitflow.cli.backends.token_file import SignIn, TokenFile
from gitflow.cli.console.streams import write_stderr
from gitflow.config.paths import default_config_dir
from gitflow.core.errors import Conflict, GitflowError, InvalidInput
from gitflow.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

#: An access token is renewed this long before it expires, in seconds.
EARLY_S = 30.0
#: Answers of a server that tell a command line to ask again (RFC 8628, 3.5).
WAITING = ("authorization_pending", "slow_down")
#: How much longer to wait after the answer ``slow_down``, in seconds.
SLOWER_S = 5.0
MAX_CLIENT_NAME = 100


class Session:
    """The sign-in at one server, as the token file of this user has it; there may be none."""

    def __init__(self, client: Client, environ: Mapping[str, str]) -> None:
        """``client``: without a token, for the requests of the session itself."""
        self._client = client
        self._file = TokenFile(default_config_dir(environ))

    def access_token(self) -> str | None:
        """None without a sign-in. Raises InvalidInput, ServerRefused and Unreachable."""
        found = self._file.find(self._client.server)
        if found is None:
            return None
        self._client.refuse_open_way()
        if time.time() < found.expires_at - EARLY_S:
            return found.access_token
        return self.renew(found.access_token)

    def renew(self, refused: str) -> str | None:
        """Another access token than the one that was refused; only one process asks for it."""
        server = self._client.server
        with self._file.changing() as changes:
            found = changes.find(server)
            if found is None or found.access_token != refused:
                return found and found.access_token
            if found.next_refresh_token is None:
                found = replace(found, next_refresh_token=_new_refresh_token())
                changes.save(server, found)
            given = {"refresh_token": found.refresh_token, "next_refresh_token": found.next_refresh_token}
            try:
                answer = self._client.post(path_of("auth", "refresh"), given)
            except ServerRefused as error:
                if error.status == 401:
                    changes.remove(server)
                    raise Conflict(f"you are no longer signed in at {self._client.url}; {_how(self._client)}") from None
                raise
            changes.save(server, _sign_in(found.email, answer))
            return str(answer["access_token"])

    def begin(self) -> str:
        """Asks for a code, waits until a person has confirmed it, and returns their email. Raises GitflowError."""
        self._client.refuse_open_way()
        begun = self._client.post(path_of("auth", "device"), {"client": _name()[:MAX_CLIENT_NAME]})
        write_stderr(
            f"open {begun['verification_uri']} in a browser and type the code  {begun['user_code']}\n"
            f"it counts for {begun['expires_in'] // 60} minutes; waiting …\n"
        )
        answer = self._await_tokens(begun)
        email = str(Client(self._client.url, answer["access_token"]).get(path_of("auth", "me"))["email"])
        with self._file.changing() as changes:
            changes.save(self._client.server, _sign_in(email, answer))
        return email

    def end(self) -> str:
        """Ends the session at the server and forgets its tokens, in any case. Returns the email.

        Raises InvalidInput if there is no sign-in.
        """
        with self._file.changing() as changes:
            found = changes.find(self._client.server)
            if found is None:
                raise InvalidInput(f"you are not signed in at {self._client.url}")
            changes.remove(self._client.server)
        try:
            self._client.refuse_open_way()
            self._client.send("POST", path_of("auth", "logout"), {"refresh_token": found.refresh_token})
        except GitflowError as error:
            write_stderr(f"gitflow: the session at the server goes on until it expires: {error}\n")
        return found.email

    def _await_tokens(self, begun: JsonObject) -> JsonObject:
        pause = float(begun["interval"])
        while True:
            time.sleep(pause)
            try:
                return self._client.post(path_of("auth", "device", "token"), {"device_code": begun["device_code"]})
            except ServerRefused as error:
                if error.reason not in WAITING:
                    raise Conflict(str(error)) from None
                pause += SLOWER_S if error.reason == "slow_down" else 0.0


def _sign_in(email: str, answer: JsonObject) -> SignIn:
    return SignIn(email, answer["access_token"], time.time() + answer["expires_in"], answer["refresh_token"])


def _new_refresh_token() -> str:
    return "gfr_" + base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()


def _name() -> str:
    return f"gitflow on {socket.gethostname()}"


def _how(client: Client) -> str:
    return f"sign in with: gitflow login --server {client.url}"
