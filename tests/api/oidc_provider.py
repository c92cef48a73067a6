"""A real OpenID Connect provider for tests: a process of its own on this machine."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

import pytest

ANN = {"sub": "ann", "email": "ann@example.com", "email_verified": True, "name": "Ann"}
EVE = {"sub": "eve", "email": "root@example.com", "email_verified": False, "name": "Eve"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def provider() -> Iterator[str]:
    """Yields its address; it knows ANN, and EVE whose email it does not vouch for."""
    if importlib.util.find_spec("oidc_provider_mock") is None:
        pytest.skip("the provider of the tests is not installed")
    port = free_port()
    users = [word for user in (ANN, EVE) for word in ("--user-claims", json.dumps(user))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *users]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None
            assert time.monotonic() < until
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(10)


def settings(address: str) -> Mapping[str, object]:
    """The part of a server's configuration that signs people in at the provider, or with a password."""
    sso = {
        "provider_type": "oidc",
        "display_name": "Example SSO",
        "issuer_url": address,
        "client_id": "gitflow",
        "client_secret": "secret",
    }
    first = {"email": "root@example.com", "password": "correct horse battery"}
    return {"auth": {"providers": {"sso": sso, "internal": {"provider_type": "internal"}}, "initial_user": first}}
