"""Signing in at a real provider, a process of its own, as a browser does."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from running import Running

ANN = {"sub": "ann", "email": "ann@example.com", "email_verified": True, "name": "Ann"}
EVE = {"sub": "eve", "email": "root@example.com", "email_verified": False, "name": "Eve"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
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


@pytest.fixture
def server(serve: Callable[..., Running], provider: str) -> Running:
    sso = {
        "provider_type": "oidc",
        "display_name": "Example SSO",
        "issuer_url": provider,
        "client_id": "gitflow",
        "client_secret": "secret",
    }
    first = {"email": "root@example.com", "password": "correct horse battery"}
    return serve(
        settings={"auth": {"providers": {"sso": sso, "internal": {"provider_type": "internal"}}, "initial_user": first}}
    )


class Browser:
    """Keeps cookies, and follows nothing by itself."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def get(self, server: Running, path: str) -> Any:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        reply = server.get(path, {"Cookie": kept} if kept else {})
        for line in reply.headers.get_all("Set-Cookie", []):
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        return reply


def consent(url: str, sub: str) -> str:
    """The person says yes at the provider; where the browser is sent back to."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    body = urlencode({"sub": sub, "action": "authorize"})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"{parts.path}?{parts.query}", body, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status in (302, 303), response.status
    back = urlsplit(response.headers["Location"])
    return f"{back.path}?{back.query}"


def test_a_person_signs_in_at_the_provider_and_has_an_account_here(server: Running) -> None:
    browser = Browser()
    begun = browser.get(server, "/api/auth/oidc/sso?next=/jobs")
    assert begun.status == 302
    ended = browser.get(server, consent(begun.headers["Location"], "ann"))
    assert (ended.status, ended.headers["Location"]) == (302, "/jobs")
    me = browser.get(server, "/api/auth/me").json
    assert (me["email"], me["name"], me["is_admin"]) == ("ann@example.com", "Ann", False)


def test_signing_in_again_is_the_same_account(server: Running) -> None:
    ids = set()
    for _ in range(2):
        browser = Browser()
        browser.get(server, consent(browser.get(server, "/api/auth/oidc/sso").headers["Location"], "ann"))
        ids.add(browser.get(server, "/api/auth/me").json["user_id"])
    assert len(ids) == 1


def test_an_unverified_email_does_not_open_somebody_elses_account(server: Running) -> None:
    browser = Browser()
    ended = browser.get(server, consent(browser.get(server, "/api/auth/oidc/sso").headers["Location"], "eve"))
    assert ended.status == 401
    assert "does not vouch" in ended.json["error"]
    assert browser.get(server, "/api/auth/me").status == 401


def test_a_sign_in_that_another_browser_began_is_refused(server: Running) -> None:
    begun = Browser().get(server, "/api/auth/oidc/sso")
    assert Browser().get(server, consent(begun.headers["Location"], "ann")).status == 400


def test_a_code_counts_once_and_a_state_too(server: Running) -> None:
    """The browser forgets the state; for one that does not, the provider refuses the code."""
    browser = Browser()
    back = consent(browser.get(server, "/api/auth/oidc/sso").headers["Location"], "ann")
    kept = dict(browser.cookies)
    assert browser.get(server, back).status == 302
    assert browser.get(server, back).status == 400
    browser.cookies = kept
    assert browser.get(server, back).status == 401


def test_many_who_begin_a_sign_in_push_nobody_out(server: Running) -> None:
    browser = Browser()
    back = consent(browser.get(server, "/api/auth/oidc/sso?next=/jobs").headers["Location"], "ann")
    for _ in range(1100):
        assert Browser().get(server, "/api/auth/oidc/sso").status == 302
    assert browser.get(server, back).headers["Location"] == "/jobs"


def test_a_code_that_the_provider_did_not_give_is_refused(server: Running) -> None:
    browser = Browser()
    begun = browser.get(server, "/api/auth/oidc/sso")
    (state,) = parse_qs(urlsplit(begun.headers["Location"]).query)["state"]
    assert browser.get(server, f"/api/auth/oidc/sso/callback?state={state}&code=made-up").status == 401
    begun = browser.get(server, "/api/auth/oidc/sso")
    (state,) = parse_qs(urlsplit(begun.headers["Location"]).query)["state"]
    assert browser.get(server, f"/api/auth/oidc/sso/callback?state={state}&error=access_denied").status == 401


def test_an_unknown_provider_is_not_found_and_the_known_ones_are_listed(server: Running) -> None:
    assert server.get("/api/auth/oidc/other").status == 404
    assert server.get("/api/config").json["oidc_providers"] == [{"id": "sso", "display_name": "Example SSO"}]


def test_a_provider_that_is_down_is_503(serve: Callable[..., Running]) -> None:
    gone = {"provider_type": "oidc", "issuer_url": f"http://127.0.0.1:{free_port()}", "client_id": "gitflow"}
    server = serve(settings={"auth": {"providers": {"sso": gone}}})
    reply = server.get("/api/auth/oidc/sso")
    assert (reply.status, reply.json["code"]) == (503, "provider_unavailable")
