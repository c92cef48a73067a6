"""Speaks to a gitflow server over HTTP: one request at a time, nothing sent anywhere else, every failure a sentence."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from contextlib import contextmanager
from urllib.parse import quote, urlencode, urlsplit

from gitflow.cli.console.exits import EXIT_OF
from gitflow.core.errors import GitflowError, InvalidInput
from gitflow.core.values import is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from gitflow.core.values import Json, JsonObject

#: How long the server may say nothing, in seconds.
PATIENCE_S = 60.0

#: The code of a refusal that came without one that this command line knows.
_CODES = {400: "invalid_input", 404: "not_found", 409: "conflict", 422: "invalid_input", 503: "store_unavailable"}
_INSTEAD = {
    401: "; give a token or an API key in GITFLOW_TOKEN",
    407: "; a proxy stands in between",
}


class Unreachable(GitflowError):
    """Nobody answers there as a gitflow server does."""

    code = "error"


class Refused(GitflowError):
    """The server's own words."""

    def __init__(self, message: str, status: int, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code if code in EXIT_OF else _CODES.get(status, "error")


class Client:
    """``url`` may have a path, where the server stands behind a proxy. Raises InvalidInput for one that is none."""

    def __init__(self, url: str, token: str | None = None, patience_s: float = PATIENCE_S) -> None:
        try:
            parts = urlsplit(url)
            self.host, self.port = parts.hostname or "", parts.port
        except ValueError:
            raise InvalidInput(f"{url!r} is no address of a server") from None
        if parts.scheme not in ("http", "https") or not self.host or parts.query or parts.fragment:
            raise InvalidInput(f"{url!r} is no address of a server; write it as https://host:port")
        if "@" in parts.netloc:
            raise InvalidInput("the address of the server must not hold credentials; use GITFLOW_TOKEN")
        self.url = url.rstrip("/")
        self._is_secure = parts.scheme == "https"
        self._path = parts.path.rstrip("/")
        self._token = token
        self._patience_s = patience_s

    def get(self, path: str, query: Mapping[str, object] | None = None) -> Json:
        """Raises Refused and Unreachable."""
        return self._json("GET", path, query)

    def post(self, path: str, body: Json = None, query: Mapping[str, object] | None = None) -> Json:
        return self._json("POST", path, query, {} if body is None else body)

    def delete(self, path: str) -> Json:
        return self._json("DELETE", path)

    def stream(self, path: str, query: Mapping[str, object], accept: str) -> Iterator[bytes]:
        """The answer as it comes, in whole lines."""
        with self.opened("GET", path, query, {"Accept": accept}) as (_, response):
            try:
                yield from response
            except (OSError, http.client.HTTPException) as error:
                raise self._cut(error) from None

    @contextmanager
    def opened(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Generator[tuple[http.client.HTTPConnection, http.client.HTTPResponse]]:
        """A good answer, not read yet. Raises Refused and Unreachable."""
        connection = self._connection()
        try:
            response = self._asked(connection, method, path + _written(query or {}), headers or {}, body)
            with response:
                yield connection, response
        finally:
            connection.close()

    def _asked(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> http.client.HTTPResponse:
        sent = {"User-Agent": "gitflow", "Accept": "application/json", **headers}
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        try:
            connection.request(method, self._path + path, body, sent)
            response = connection.getresponse()
            if response.status >= 300:
                with response:
                    raise self._refusal(response)
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        return response

    def _json(self, method: str, path: str, query: Mapping[str, object] | None = None, body: Json = None) -> Json:
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        with self.opened(method, path, query, {"Content-Type": "application/json"}, data) as (_, response):
            try:
                return json.loads(response.read())
            except ValueError:
                raise self._no_server(response) from None
            except (OSError, http.client.HTTPException) as error:
                raise self._cut(error) from None

    def _connection(self) -> http.client.HTTPConnection:
        if self._is_secure:
            return http.client.HTTPSConnection(
                self.host, self.port, timeout=self._patience_s, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(self.host, self.port, timeout=self._patience_s)

    def _refusal(self, response: http.client.HTTPResponse) -> GitflowError:
        if response.status < 400:  # following it would show the token to whoever it names
            elsewhere = response.headers.get("Location", "nowhere")
            return Unreachable(f"{self.url} sends to {elsewhere}; name that server instead, if it is yours")
        try:
            told = json.loads(response.read())
        except ValueError:
            told = None
        if not is_object(told) or "error" not in told:
            return self._no_server(response)
        message = f"{told['error']}{_INSTEAD.get(response.status, '')}{_problems(told)}"
        return Refused(message, response.status, str(told.get("code")))

    def _no_server(self, response: http.client.HTTPResponse) -> Unreachable:
        what = response.headers.get("Content-Type", "nothing that can be read")
        return Unreachable(
            f"{self.url} is not a gitflow server, or something stands before it: "
            f"it answers {response.status} with {what}"
        )

    def _unreachable(self, error: Exception) -> Unreachable:
        match error:
            case ConnectionRefusedError():
                why = "nobody listens there; is `gitflow server` running?"
            case socket.gaierror():
                why = f"there is no host {self.host!r}"
            case ssl.SSLCertVerificationError():
                why = f"its certificate is not trusted: {error.verify_message}; SSL_CERT_FILE names others to trust"
            case ssl.SSLError():
                why = f"it does not speak TLS as it should ({error.reason or error}); is it http://?"
            case TimeoutError():
                why = f"it has not answered for {self._patience_s:.0f} s"
            case http.client.HTTPException():
                why = "it does not answer as an HTTP server"
            case OSError():
                why = error.strerror or str(error)
            case _:
                why = str(error)
        return Unreachable(f"cannot reach {self.url}: {why}")

    def _cut(self, error: Exception) -> Unreachable:
        return Unreachable(f"the answer of {self.url} broke off: {error or type(error).__name__}")


def at(*segments: str) -> str:
    """A path below ``/api``; each segment may hold any character."""
    return "/api/" + "/".join(quote(segment, safe="") for segment in segments)


def _written(query: Mapping[str, object]) -> str:
    given = [(name, value) for name, value in query.items() if value is not None]
    return f"?{urlencode(given, doseq=True)}" if given else ""


def _problems(told: JsonObject) -> str:
    listed = told.get("problems") or ()
    return "".join(f"\n  {each.get('file')}:{each.get('line')}  {each.get('message')}" for each in listed)
