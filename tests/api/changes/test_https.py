"""A push over HTTPS: with the token that fetches, and what is said where that token may only read."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import os
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from desk import GOOD, Desk

BACKEND = subprocess.run(["git", "--exec-path"], check=True, capture_output=True, text=True).stdout.strip()
TOKENS = {"writer-token": True, "reader-token": False}  #: token -> whether it may write

pytestmark = pytest.mark.skipif(not Path(BACKEND, "git-http-backend").exists(), reason="git has no http-backend here")


def certificate(path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - day, now + day)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
    path.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, form, serialization.NoEncryption()))
    return path


class GitServer:
    """git's own program for HTTP, behind basic authentication."""

    def __init__(self, root: Path) -> None:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(root))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.certificate = certificate(root / "server.pem")
        context.load_cert_chain(self.certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{server.server_port}"
        self._server, self._thread = server, threading.Thread(target=server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(root: Path) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            path, _, query = self.path.partition("?")
            given = (
                base64.b64decode(self.headers.get("Authorization", "Basic ").split()[-1]).decode().rpartition(":")[2]
            )
            if given not in TOKENS:
                return self.send_error(401)
            if "git-receive-pack" in self.path and not TOKENS[given]:
                return self.send_error(403)
            environ = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REMOTE_USER": "writer",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            done = subprocess.run([f"{BACKEND}/git-http-backend"], env=environ, input=body, capture_output=True)
            head, _, data = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for header, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(header, value)
            self.end_headers()
            self.wfile.write(data)
            return None

        do_GET = do_POST = _serve

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    return Handler


@pytest.fixture
def behind_https(make, monkeypatch):
    def build(token: str) -> Desk:
        desk = make()
        git_server.append(GitServer(desk.folder))
        monkeypatch.setenv("GIT_SSL_CAINFO", str(git_server[-1].certificate))
        desk.settings |= {"url": f"{git_server[-1].url}/origin.git", "auth": {"type": "token", "token": token}}
        return desk

    git_server: list[GitServer] = []
    yield build
    for each in git_server:
        each.stop()


@pytest.mark.parametrize("writable", ["direct", True])
def test_a_change_is_pushed_with_the_token_that_fetches(behind_https, writable):
    desk = behind_https("writer-token")
    desk.settings["writable"] = writable
    reply = desk.put(GOOD % "new")
    made = reply.json
    assert (reply.status, desk.remote.tip(made["branch"])) == (200 if writable == "direct" else 202, made["revision"])
    desk.remote.commit({"README": "x"})
    assert desk.put(GOOD % "more", match=f'"{made["revision"]}"').status in (409, 412)


def test_a_token_that_may_only_read_is_a_refusal_that_does_not_tell_it(behind_https):
    desk = behind_https("reader-token")
    before = desk.remote.refs()
    reply = desk.put(GOOD % "new")
    assert (reply.status, "403" in reply.json["error"]) == (409, True), reply
    assert "reader-token" not in reply.json["error"]
    assert (desk.remote.refs(), desk.left()) == (before, [])


def test_the_words_of_a_hook_come_over_https_too(behind_https):
    desk = behind_https("writer-token")
    desk.remote.hook("pre-receive", "echo 'no changes on fridays' >&2; exit 1")
    reply = desk.put(GOOD % "new")
    assert (reply.status, "no changes on fridays" in reply.json["error"]) == (409, True), reply
