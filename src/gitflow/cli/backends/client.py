"""The HTTP client of a gitflow server.

Sends one request at a time. It follows no redirects, so that the token never reaches another server. Every failure
is an error with a message.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from gitflow.cli.console.exits import EXIT_OF
from gitflow.core.errors import GitflowError, InvalidInput
from gitflow.core.hosts import is_readable_on_the_way
from gitflow.core.values import is_object

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from typing import Protocol

    from gitflow.core.values import Json, JsonObject

    class Session(Protocol):
        """A sign-in at the server; there may be none."""

        def access_token(self) -> str | None: ...

        def renew(self, refused: str) -> str | None:
            """Another token than the one that the server refused."""
            ...


#: How long the server may send nothing, in seconds.
TIMEOUT_S = 60.0

#: What is sent to encrypted addresses and to this machine alone.
_SECRET = "tokens, keys and passwords"
#: HTTP status -> error code, for a response without a known code.
_CODES = {400: "invalid_input", 404: "not_found", 409: "conflict", 422: "invalid_input", 503: "store_unavailable"}
#: HTTP status -> what the user can do about it.
_REMEDIES = {
    401: "; sign in with gitflow login, or give an API key in GITFLOW_TOKEN",
    407: "; a proxy in between requires authentication",
}


class Unreachable(GitflowError):
    """No gitflow server answers at the address."""

    code = "error"


class ServerRefused(GitflowError):
    """An error response, with the server's message."""

    def __init__(self, message: str, status: int, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = code  #: as the server says it
        self.code = code if code in EXIT_OF else _CODES.get(status, "error")


class Client:
    """``url`` may have a path, for a server behind a proxy. ``session``: gives the tokens where no ``token`` is given.

    Raises InvalidInput for an invalid address, and for a ``token`` that others could read on the way.
    """

    def __init__(
        self, url: str, token: str | None = None, timeout_s: float = TIMEOUT_S, session: Session | None = None
    ) -> None:
        try:
            parts = urlsplit(url)
            self.host, self.port = parts.hostname or "", parts.port
        except ValueError:
            raise InvalidInput(f"{url!r} is not the address of a server") from None
        if parts.scheme not in ("http", "https") or not self.host or parts.query or parts.fragment:
            raise InvalidInput(f"{url!r} is not the address of a server; write it as https://host:port")
        if "@" in parts.netloc:
            raise InvalidInput("the address of the server must not hold credentials; use GITFLOW_TOKEN")
        self.url = url.rstrip("/")
        self._scheme, self.is_secure = parts.scheme, parts.scheme == "https"
        self._path = parts.path.rstrip("/")
        self._token = token
        self._session = session
        self._timeout_s = timeout_s
        if token:
            self.refuse_open_way()

    @property
    def server(self) -> str:
        """Its address, however it was written: tokens belong to it alone."""
        port = self.port or (443 if self.is_secure else 80)
        return f"{self._scheme}://{self.host}:{port}{self._path}"

    def refuse_open_way(self) -> None:
        """Raises InvalidInput where others could read on the way what is sent."""
        if is_readable_on_the_way(self._scheme, self.host):
            raise InvalidInput(f"{self.url} is not encrypted: {_SECRET} could be read on the way; use https://")

    def get(self, path: str, query: Mapping[str, object] | None = None) -> Json:
        """Raises ServerRefused and Unreachable."""
        return self._json("GET", path, query)

    def post(self, path: str, body: Json = None, query: Mapping[str, object] | None = None) -> Json:
        return self._json("POST", path, query, {} if body is None else body)

    def send(self, method: str, path: str, body: Json = None) -> None:
        """A request whose answer has no body."""
        data = json.dumps({} if body is None else body, ensure_ascii=False).encode()
        with self.open(method, path, None, {"Content-Type": "application/json"}, data):
            pass

    def delete(self, path: str) -> Json:
        return self._json("DELETE", path)

    def stream(self, path: str, query: Mapping[str, object], accept: str) -> Iterator[bytes]:
        """Yields the response as it arrives, in whole lines."""
        with self.open("GET", path, query, {"Accept": accept}) as (_, response):
            try:
                yield from response
            except (OSError, http.client.HTTPException) as error:
                raise self._broken(error) from None

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Generator[tuple[http.client.HTTPConnection, http.client.HTTPResponse]]:
        """A successful response, not read yet. Raises ServerRefused and Unreachable."""
        where = path + _query_string(query or {})
        token = self._token if self._session is None else self._session.access_token()
        try:
            connection, response = self._exchange(method, where, self._headers(headers, token), body)
        except ServerRefused as refused:
            if refused.status != 401 or self._session is None or token is None:
                raise
            token = self._session.renew(token)
            connection, response = self._exchange(method, where, self._headers(headers, token), body)
        try:
            with response:
                yield connection, response
        finally:
            connection.close()

    def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = self._connection()
        try:
            return connection, self._send(connection, method, path, headers, body)
        except BaseException:
            connection.close()
            raise

    def _headers(self, headers: Mapping[str, str] | None, token: str | None) -> Mapping[str, str]:
        credential = {"Authorization": f"Bearer {token}"} if token else {}
        return {"User-Agent": "gitflow", "Accept": "application/json", **(headers or {}), **credential}

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> http.client.HTTPResponse:
        try:
            connection.request(method, self._path + path, body, headers)
            response = connection.getresponse()
            if response.status >= 300:
                with response:
                    raise self._refusal(response)
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        return response

    def _json(self, method: str, path: str, query: Mapping[str, object] | None = None, body: Json = None) -> Json:
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        with self.open(method, path, query, {"Content-Type": "application/json"}, data) as (_, response):
            try:
                return json.loads(response.read())
            except ValueError:
                raise self._no_server(response) from None
            except (OSError, http.client.HTTPException) as error:
                raise self._broken(error) from None

    def _connection(self) -> http.client.HTTPConnection:
        if self.is_secure:
            return http.client.HTTPSConnection(
                self.host, self.port, timeout=self._timeout_s, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(self.host, self.port, timeout=self._timeout_s)

    def _refusal(self, response: http.client.HTTPResponse) -> GitflowError:
        if response.status < 400:  # following it would send the token to another server
            elsewhere = response.headers.get("Location", "nowhere")
            return Unreachable(f"{self.url} redirects to {elsewhere}; if that is your server, name it instead")
        try:
            body = json.loads(response.read())
        except ValueError:
            body = None
        if not is_object(body) or "error" not in body:
            return self._no_server(response)
        message = f"{body['error']}{_REMEDIES.get(response.status, '')}{_problems(body)}"
        return ServerRefused(message, response.status, str(body.get("code")))

    def _no_server(self, response: http.client.HTTPResponse) -> Unreachable:
        what = response.headers.get("Content-Type", "no content type")
        return Unreachable(
            f"{self.url} is not a gitflow server, or a proxy answers for it: status {response.status} with {what}"
        )

    def _unreachable(self, error: Exception) -> Unreachable:
        match error:
            case ConnectionRefusedError():
                why = "no server listens there; is `gitflow server` running?"
            case socket.gaierror():
                why = f"there is no host {self.host!r}"
            case ssl.SSLCertVerificationError():
                why = f"its certificate is not trusted: {error.verify_message}; SSL_CERT_FILE names more authorities"
            case ssl.SSLError():
                why = f"it does not speak TLS ({error.reason or error}); does its address begin with http://?"
            case TimeoutError():
                why = f"it has sent nothing for {self._timeout_s:.0f} s"
            case http.client.HTTPException():
                why = "it does not speak HTTP"
            case OSError():
                why = error.strerror or str(error)
            case _:
                why = str(error)
        return Unreachable(f"cannot reach {self.url}: {why}")

    def _broken(self, error: Exception) -> Unreachable:
        return Unreachable(f"the response of {self.url} ended early: {error or type(error).__name__}")


def path_of(*segments: str) -> str:
    """A path below ``/api``; each segment may hold any character."""
    return "/api/" + "/".join(quote(segment, safe="") for segment in segments)


def _query_string(query: Mapping[str, object]) -> str:
    pairs = [(name, value) for name, value in query.items() if value is not None]
    return f"?{urlencode(pairs, doseq=True)}" if pairs else ""


def _problems(body: JsonObject) -> str:
    listed = body.get("problems") or ()
    return "".join(f"\n  {each.get('file')}:{each.get('line')}  {each.get('message')}" for each in listed)
