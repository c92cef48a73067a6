"""Sends one HTTP request, follows its redirects, and reads the response.

``stop`` shuts the socket down, so that a thread that waits for the network returns. Redirects are followed only for
GET and HEAD. On a redirect to another origin the author's headers are not sent, because any of them may be a
credential.
"""

from __future__ import annotations

from gitflow.actions.addresses import address, origin_of
from gitflow.core.errors import InvalidInput
from gitflow.core.record import Record, replace
from gitflow.runners.base import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Collection, Mapping
    from http.client import HTTPConnection, HTTPResponse

    from gitflow.core.values import Json

#: The largest body after decompression, in bytes.
MAX_BODY_BYTES = 1024 * 1024
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Headers that describe the wanted response and hold no credentials.
_HARMLESS = frozenset({"accept", "accept-encoding", "accept-language", "user-agent"})


class Request(Record):
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    expect: Collection[int]  #: accepted statuses; empty: every status below 400
    timeout_s: float

    def expects(self, status: int) -> bool:
        return status in self.expect if self.expect else status < 400


class Exchange:
    """One request with its redirects and its response. ``stop`` may be called from any thread."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._socket: socket.socket | None = None
        self._stopped = False

    def run(self) -> Outcome:
        from http.client import HTTPException

        try:
            return self._follow(self._request)
        except TimeoutError:
            return Outcome(error=f"{_name(self._request)}: no response in time")
        except (OSError, HTTPException, ValueError) as error:
            reason = "stopped" if self._stopped else _reason(error)
            return Outcome(error=f"{_name(self._request)}: {reason}")

    def stop(self) -> None:
        import socket

        self._stopped = True
        if self._socket is not None:
            try:
                # the plain method: that of a TLS socket would remove the encryption while the other thread reads
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return  # no longer connected, or not yet: then the thread sees that it was stopped

    def _follow(self, request: Request) -> Outcome:
        for _ in range(MAX_REDIRECTS + 1):
            connection = self._connect(request)
            try:
                response = _send(connection, request)
                following = _redirect(request, response)
                if following is None:
                    return _outcome(request, response)
            finally:
                connection.close()
            request = following
        raise InvalidInput(f"{_name(self._request)}: more than {MAX_REDIRECTS} redirects")

    def _connect(self, request: Request) -> HTTPConnection:
        from http.client import HTTPConnection
        from urllib.parse import urlsplit

        parts = urlsplit(request.url)
        secure = parts.scheme == "https"
        host, port = parts.hostname or "", parts.port or (443 if secure else 80)
        connection = HTTPConnection(host, port, timeout=request.timeout_s)
        connection.sock = self._open(host, port, request.timeout_s)
        if secure:
            import ssl

            connection.sock = ssl.create_default_context().wrap_socket(connection.sock, server_hostname=host)
            self._socket = connection.sock
        return connection

    def _open(self, host: str, port: int, timeout_s: float) -> socket.socket:
        """Like ``socket.create_connection``, but ``stop`` can reach the socket while it connects."""
        import socket

        failed: OSError = OSError("the host has no address")
        for family, kind, protocol, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            self._socket = opened = socket.socket(family, kind, protocol)
            try:
                opened.settimeout(timeout_s)
                self._refuse_if_stopped()
                opened.connect(place)
                self._refuse_if_stopped()
                return opened
            except OSError as error:
                opened.close()
                failed = error
        raise failed

    def _refuse_if_stopped(self) -> None:
        if self._stopped:
            raise OSError("stopped")


def _name(request: Request) -> str:
    """The request in an error message: without credentials, and without the query, which may contain some."""
    from urllib.parse import urlsplit

    parts = urlsplit(request.url)
    return f"{request.method} {parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _reason(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else None
    return reason or str(error) or type(error).__name__


def _send(connection: HTTPConnection, request: Request) -> HTTPResponse:
    from urllib.parse import quote, unquote, urlsplit

    parts = urlsplit(request.url)
    headers = dict(request.headers)
    given = {name.lower() for name in headers}
    if parts.username is not None and "authorization" not in given:
        headers["Authorization"] = basic(f"{unquote(parts.username)}:{unquote(parts.password or '')}")
    encoded = {name: value.encode() for name, value in headers.items()}
    if "host" not in given:
        encoded["Host"] = _host(parts.hostname or "", parts.port)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = quote(target, safe="!#$%&'()*+,/:;=?@[]~", errors="replace")
    connection.request(request.method, target, body=request.body, headers=encoded)
    return connection.getresponse()


def _host(name: str, port: int | None) -> bytes:
    host = f"[{name}]".encode() if ":" in name else name.encode("ascii" if name.isascii() else "idna")
    return host if port is None else host + f":{port}".encode()


def _redirect(request: Request, response: HTTPResponse) -> Request | None:
    """The request of a redirect; None if the response is final."""
    from urllib.parse import urljoin

    location = response.getheader("Location")
    followed = (
        request.method in ("GET", "HEAD") and response.status in _REDIRECTS and response.status not in request.expect
    )
    if not followed or not location:
        return None
    url = address(urljoin(request.url, location.encode("latin-1").decode("utf-8", "replace").replace(" ", "%20")))
    headers = request.headers
    if origin_of(url) != origin_of(request.url):
        headers = {name: value for name, value in headers.items() if name.lower() in _HARMLESS}
    return replace(request, url=url, headers=headers, body=None)


def _outcome(request: Request, response: HTTPResponse) -> Outcome:
    data = _read(response)
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        name = name.lower()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    expected = request.expects(response.status)
    body, problem = _parse(data, headers.get("content-type", ""), strict=expected)
    error = problem if expected else _unexpected(request, response, data)
    return Outcome(output={"status": response.status, "headers": headers, "body": body}, error=error)


def _unexpected(request: Request, response: HTTPResponse, data: bytes) -> str:
    text = data.decode("utf-8", "replace").strip()  # it is cut after masking, so that no secret is cut in two
    status = f"{response.status} {response.reason}".strip()
    return f"{_name(request)}: unexpected status {status}" + (f"\n{text}" if text else "")


def _read(response: HTTPResponse) -> bytes:
    """The decompressed body. Raises InvalidInput if it is too large, whatever size the headers claim."""
    import zlib

    if (response.getheader("Content-Encoding") or "").lower() not in ("gzip", "x-gzip"):
        return _complete(_refuse_large(response.read(MAX_BODY_BYTES + 1)), not response.length)
    unpacker = zlib.decompressobj(wbits=31)
    data = b""
    try:
        while len(data) <= MAX_BODY_BYTES and not unpacker.eof and (part := response.read(64 * 1024)):
            data += unpacker.decompress(part, MAX_BODY_BYTES + 1 - len(data))
    except zlib.error as error:
        raise InvalidInput(f"the body is not valid gzip: {error}") from None
    return _complete(_refuse_large(data), unpacker.eof or not data)


def _complete(data: bytes, is_complete: bool) -> bytes:
    if not is_complete:
        raise InvalidInput("the connection was closed in the middle of the body")
    return data


def _refuse_large(data: bytes) -> bytes:
    if len(data) > MAX_BODY_BYTES:
        raise InvalidInput("the body is larger than 1 MiB; fetch large files with a shell step")
    return data


def _parse(data: bytes, content_type: str, *, strict: bool) -> tuple[Json, str | None]:
    """The body as a value, and what is wrong with it, by its content type.

    JSON is parsed, text becomes a string, anything else base64. Without a body the value is null.
    """
    import json
    from email.message import Message

    from gitflow.core.strict_json import NotJson, read_json

    message = Message()
    message["Content-Type"] = content_type
    kind = message.get_content_type()
    if not data:
        return None, None
    if kind == "application/json" or kind.endswith("+json"):
        try:
            return read_json(data.decode(json.detect_encoding(data))), None
        except (NotJson, UnicodeError) as error:
            if strict:
                why = error if isinstance(error, NotJson) else "it is not Unicode text"
                problem = f"the content type is JSON, but the body is not valid JSON: {why}"
                return data.decode("utf-8", "replace"), problem
    return _text(data, message.get_content_charset(), kind), None


def _text(data: bytes, charset: str | None, kind: str) -> str:
    from base64 import b64encode

    try:
        return data.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        is_text = kind.startswith("text/")
        return data.decode("utf-8", "replace") if is_text else b64encode(data).decode()


def basic(pair: str) -> str:
    """The Authorization header for ``name:password``."""
    from base64 import b64encode

    return f"Basic {b64encode(pair.encode()).decode()}"
