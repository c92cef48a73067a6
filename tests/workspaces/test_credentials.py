"""How a repository elsewhere is reached, and what nobody gets to see of it."""

import base64
import datetime
import ipaddress
import os
import ssl
import stat
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces.credentials import GitCredentials
from gitflow.workspaces.mirror import Mirror


@pytest.fixture
def access(tmp_path):
    return lambda url="https://host/x", **auth: GitCredentials(url, str(tmp_path / "git"), auth)


def credentials(environment):
    return base64.b64decode(environment["GIT_CONFIG_VALUE_0"].rpartition(" ")[2]).decode()


def test_a_token_in_a_file_is_read_anew_for_each_call(access, tmp_path):
    file = tmp_path / "token"
    found = access(type="token", token_file=str(file), username="bot")
    for token in ("first", "second"):
        file.write_text(f"{token}\n")
        assert credentials(found.environment()) == f"bot:{token}"
        assert token not in found.masked(f"fatal: {token} is wrong")
        assert "bot" not in found.masked(f"https://bot:{token}@host/x")


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_token_that_cannot_be_read_is_told_by_its_file(access, tmp_path, content):
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    with pytest.raises(WorkspaceError, match=r"token_file '.*/token' of 'https://host/x'"):
        access(type="token", token_file=str(tmp_path / "token")).environment()


def test_what_is_sent_is_masked_in_every_form(access):
    found = access("https://u:pa%40ss@host/x")
    environment = found.environment()
    assert credentials(environment) == "u:pa@ss"
    encoded = environment["GIT_CONFIG_VALUE_0"].rpartition(" ")[2]
    assert encoded not in found.masked(f"> Authorization: Basic {encoded}")
    assert "pa%40ss" not in found.masked("fatal: https://u:pa%40ss@host/x and pa%40ss")


def test_a_token_is_sent_to_its_host_alone(access):
    environment = access("https://host:8443/a/b", type="token", token="t").environment()
    assert environment["GIT_CONFIG_KEY_0"] == "http.https://host:8443/.extraHeader"
    assert "GIT_CONFIG_KEY_0" not in access("https://host/x").environment()


@pytest.mark.parametrize("url", ["ssh://git@host/x", "git@host:x", "file:///x"])
def test_a_token_is_for_https_alone(access, url):
    with pytest.raises(WorkspaceError, match="works only with an https url"):
        access(url, type="token", token="t")


def test_a_key_given_as_text_is_a_private_file(access, tmp_path):
    text = "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0LWtleS10ZXh0\n-----END OPENSSH PRIVATE KEY-----"
    found = access("git@host:x", type="ssh_key", key=text)
    for _ in range(2):
        command = found.environment()["GIT_SSH_COMMAND"]
    [path] = (tmp_path / "git/keys").iterdir()
    assert f"-i {path}" in command
    assert path.read_text() == text + "\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "c2VjcmV0" not in command + found.masked("load key: c2VjcmV0LWtleS10ZXh0")


@pytest.mark.parametrize(
    ("host_keys", "checking"),
    [(None, "yes"), ("strict", "yes"), ("accept_new", "accept-new"), ("no", "yes"), ("", "yes")],
)
def test_host_keys_are_checked_unless_the_first_may_be_accepted(access, tmp_path, host_keys, checking):
    auth = {} if host_keys is None else {"host_keys": host_keys}
    command = access("git@host:x", **auth).environment()["GIT_SSH_COMMAND"]
    assert f"StrictHostKeyChecking={checking}" in command
    assert ("UserKnownHostsFile" in command) == (checking == "accept-new")
    ours = access("git@host:x", known_hosts="/k h", **auth).environment()["GIT_SSH_COMMAND"]
    assert "-o 'UserKnownHostsFile=/k h'" in ours


@pytest.fixture
def impostor(tmp_path):
    """The address of a server whose certificate nobody has signed, and the requests that reached it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file = tmp_path / "server.pem"
    file.write_bytes(
        certificate.public_bytes(encoding)
        + key.private_bytes(encoding, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append(self.headers.get("Authorization"))
            self.send_error(401)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}/x.git", requests, file
    server.shutdown()
    thread.join()
    server.server_close()


def test_certificates_are_checked_whatever_the_environment_and_the_configuration_say(impostor, tmp_path, monkeypatch):
    url, requests, _ = impostor
    monkeypatch.setenv("GIT_SSL_NO_VERIFY", "1")
    for name in ("http.sslVerify", f"http.{url}.sslVerify", "http.https://127.0.0.1.sslVerify"):
        subprocess.run(["git", "config", "--global", name, "false"], check=True)
    mirror = Mirror(url, str(tmp_path / "state"), {"type": "token", "token": "s3cret"})
    with pytest.raises(WorkspaceError, match="certificate") as refused:
        mirror.tip("main")
    assert requests == []
    assert "s3cret" not in str(refused.value)


def test_a_certificate_that_is_trusted_lets_the_token_through_and_no_error_shows_it(impostor, tmp_path, monkeypatch):
    url, requests, file = impostor
    monkeypatch.setenv("GIT_SSL_CAINFO", str(file))
    mirror = Mirror(url, str(tmp_path / "state"), {"type": "token", "token": "s3cret"})
    with pytest.raises(WorkspaceError, match="cannot be fetched") as refused:
        mirror.tip("main")
    assert base64.b64encode(b"git:s3cret").decode() in requests[0]
    assert "s3cret" not in str(refused.value)
    assert os.environ["GIT_SSL_CAINFO"]


def test_a_remote_that_says_nothing_is_given_up(tmp_path, monkeypatch):
    fake = tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nsleep 600 &\nwait\n")
    fake.chmod(0o755)
    __import__("git")
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    monkeypatch.setattr("gitflow.workspaces.mirror._ASK_S", 0.1)
    with pytest.raises(WorkspaceError, match=r"no answer within 0\.1 s"):
        Mirror("https://host/x", str(tmp_path / "state")).tip("main")
