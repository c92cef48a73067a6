"""Signing in at a real provider, a process of its own, as a browser does."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import oidc_provider
import pytest
from running import Running


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with oidc_provider.provider() as address:
        yield address


@pytest.fixture
def server(serve: Callable[..., Running], provider: str) -> Running:
    return serve(settings=oidc_provider.settings(provider))


class Browser:
    """Keeps cookies, and follows nothing by itself."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def get(self, server: Running, path: str, accept: str = "") -> Any:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": kept} if kept else {}
        reply = server.get(path, {**headers, "Accept": accept} if accept else headers)
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
    gone = {
        "provider_type": "oidc",
        "issuer_url": f"http://127.0.0.1:{oidc_provider.free_port()}",
        "client_id": "gitflow",
    }
    server = serve(settings={"auth": {"providers": {"sso": gone}}})
    reply = server.get("/api/auth/oidc/sso")
    assert (reply.status, reply.json["code"]) == (503, "provider_unavailable")


def test_a_browser_whose_sign_in_fails_is_led_to_the_page_to_sign_in(server: Running) -> None:
    def ends_at(path: str) -> str:
        reply = browser.get(server, path, "text/html,*/*;q=0.8")
        assert reply.status == 302
        return reply.headers["Location"]

    browser = Browser()
    callback = consent(browser.get(server, "/api/auth/oidc/sso").headers["Location"], "eve")
    assert ends_at(callback) == "/sign-in?provider=sso&failed=rejected"
    assert ends_at("/api/auth/oidc/sso/callback?state=forged&code=any") == "/sign-in?provider=sso&failed=expired"
    assert browser.get(server, "/api/auth/me").status == 401
