"""Forged tokens, secrets in the wrong place, guesses by time, and what the server says about itself."""

from __future__ import annotations

import ast
import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attacking import attack, get
from running import DEFINITIONS, Running

import gitflow
from gitflow.api import server as server_module
from gitflow.identity.oidc import local_path

SECRET = "a-secret-of-more-than-thirty-two-bytes"
EMAIL, PASSWORD = "root@example.com", "correct horse battery"
HOOKED = (
    DEFINITIONS
    + "  called: {type: webhook, task: hello-world, secret: hush-hush-hush}\n"
    + "  signed: {type: webhook, task: hello-world, secret: hush-hush-hush, signature: github}\n"
)
SOURCE = Path(gitflow.__file__).parent


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    auth = {"jwt_secret": SECRET, "initial_user": {"email": EMAIL, "password": PASSWORD}}
    running = Running(tmp_path_factory.mktemp("secrets"), DEFINITIONS, {"auth": auth}, {}).start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def session(server: Running) -> dict[str, str]:
    return server.post("/api/auth/login", {"email": EMAIL, "password": PASSWORD}).json


def part(value: Any) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


def token(head: dict[str, Any], claims: dict[str, Any], secret: bytes = b"", digest: str = "sha256") -> str:
    signed = part(head) + b"." + part(claims)
    signature = hmac.new(secret, signed, digest).digest() if secret else b""
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def claims_of(session: dict[str, str]) -> dict[str, Any]:
    middle = session["access_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def forged(session: dict[str, str]) -> dict[str, str]:
    claims, key = claims_of(session), SECRET.encode()
    head, _, signature = session["access_token"].split(".")
    return {
        "no algorithm": token({"alg": "none", "typ": "JWT"}, claims),
        "no algorithm, shouted": token({"alg": "NONE"}, claims),
        "no signature": f"{head}.{part(claims).decode()}.",
        "another claim, the old signature": f"{head}.{part({**claims, 'sub': 'x'}).decode()}.{signature}",
        "an empty secret": token({"alg": "HS256"}, claims, b"\0"),
        "another algorithm of the same secret": token({"alg": "HS512"}, claims, key, "sha512"),
        "a public key's algorithm": token({"alg": "RS256"}, claims, key),
        "a key of its own": token({"alg": "HS256", "jwk": {"kty": "oct", "k": "AA"}}, claims, b"\0"),
        "a key from elsewhere": token(
            {"alg": "HS256", "jku": "http://127.0.0.1:1/", "kid": "../../dev/null"}, claims, b"\0"
        ),
        "over": token({"alg": "HS256"}, {**claims, "exp": int(time.time()) - 1}, key),
        "for ever": token({"alg": "HS256"}, {name: claims[name] for name in claims if name != "exp"}, key),
        "an odd end": token({"alg": "HS256"}, {**claims, "exp": "2999"}, key),
        "another issuer": token({"alg": "HS256"}, {**claims, "iss": "other"}, key),
        "another kind": token({"alg": "HS256"}, {**claims, "typ": "refresh"}, key),
        "nobody": token({"alg": "HS256"}, {**claims, "sub": None}, key),
        "unsigned refresh": session["refresh_token"],
    }


def test_no_forged_token_lets_anybody_in(server: Running, session: dict[str, str]) -> None:
    good = {"Authorization": f"Bearer {session['access_token']}"}
    assert server.get("/api/jobs", good).status == 200
    for name, bad in forged(session).items():
        assert server.get("/api/jobs", {"Authorization": f"Bearer {bad}"}).status == 401, name
        assert server.get("/api/jobs", {"Cookie": f"gitflow_access={bad}"}).status == 401, name


@pytest.mark.parametrize("given", ["\xff", "é", "a" * 9000, "a b c", "Basic Og==", "Bearer", "\x7f"])
def test_credentials_that_are_none_are_refused_in_words(server: Running, given: str) -> None:
    for header in (f"Authorization: {given}", f"Cookie: gitflow_access={given}"):
        (answer,) = attack(server, get("/api/jobs", header))
        assert answer.status in (400, 401), (header, answer)
    for path in ("/api/auth/refresh", "/api/auth/logout"):
        (answer,) = attack(server, get(path, f"Cookie: gitflow_refresh={given}", method="POST"))
        assert answer.status in (204, 400, 401), (path, answer)


def test_a_token_in_the_address_counts_for_websockets_alone(server: Running, session: dict[str, str]) -> None:
    token = session["access_token"]
    for path in ("/api/jobs", "/api/auth/me", "/api/workspaces"):
        assert server.get(f"{path}?token={token}").status in (400, 401)
    job = "00000000-0000-7000-8000-000000000000"
    upgrade = ("Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    for given, status in ((token, 404), ("x", 401), ("%ff", 400), ("%ed%a0%80", 400)):
        (answer,) = attack(server, get(f"/api/jobs/{job}/logs/stream?token={given}", *upgrade))
        assert answer.status == status, given


def test_refusals_repeat_no_credentials(server: Running, session: dict[str, str]) -> None:
    secret = "gfk_" + "s3cr3t" * 8
    for path in ("/api/jobs", "/api/none", "/api/jobs/x", "/api/workspaces/default/tasks/none/execute"):
        for method in ("GET", "POST", "DELETE"):
            reply = server.request(method, path, headers={"Authorization": f"Bearer {secret}", "Cookie": secret})
            assert b"s3cr3t" not in reply.body + repr(reply.headers.items()).encode()
    reply = server.post("/api/auth/login", {"email": EMAIL, "password": "s3cr3t" * 10, "more": "s3cr3t"})
    assert b"s3cr3t" * 2 not in reply.body


def test_mistakes_of_ours_tell_strangers_nothing(
    server: Running, session: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(f"cannot open /secret/path with {SECRET}")

    monkeypatch.setattr(server_module, "authorize", broken)
    reply = server.get("/api/jobs", {"Authorization": f"Bearer {session['access_token']}"})
    assert reply.status == 500
    assert reply.json == {"error": "internal error; see the server's log", "code": "internal_error"}


def test_the_metrics_name_no_job_no_person_and_no_secret(server: Running, session: dict[str, str]) -> None:
    who = {"Authorization": f"Bearer {session['access_token']}"}
    job_id = server.post("/api/workspaces/default/tasks/hello-world/execute", {}, who).json["job_id"]
    server.get(f"/api/jobs/{job_id}", who)
    server.get(f"/api/jobs/{job_id}/steps/none/logs?token=hush", who)
    text = server.get("/metrics").body.decode()
    assert "gitflow_http_requests_total" in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text)
    for hidden in (job_id, EMAIL, "hush", session["access_token"], SECRET):
        assert hidden not in text


def test_the_metrics_name_workspaces_to_who_may_see_all_of_them(tmp_path: Path) -> None:
    auth = {
        "providers": {"internal": {"provider_type": "internal"}},
        "initial_user": {"email": EMAIL, "password": PASSWORD},
    }
    folders = {name: {"type": "folder", "path": str(tmp_path / "workspace")} for name in ("default", "hidden")}
    rules = [{"action": "run", "workspace": "default"}, {"action": "view", "api_keys": ["prometheus"]}]
    server = Running(tmp_path, DEFINITIONS, {"auth": auth, "workspaces": folders, "permissions": rules}, {}).start()

    def who(email: str, password: str) -> dict[str, str]:
        token = server.post("/api/auth/login", {"email": email, "password": password}).json["access_token"]
        return {"Authorization": f"Bearer {token}"}

    def key(**fields: Any) -> dict[str, str]:
        made = server.post("/api/auth/api-keys", {"standalone": True, **fields}, root)
        return {"Authorization": f"Bearer {made.json['key']}"}

    def labelled(headers: dict[str, str]) -> set[str]:
        text = server.get("/metrics", headers).body.decode()
        samples = re.findall(r"^gitflow_workspace_\w+(?:\{workspace=\"(\w+)\"\})? [\d.e+-]+$", text, re.M)
        assert samples
        return set(samples)

    try:
        root = who(EMAIL, PASSWORD)
        server.post("/api/users", {"email": "ann@example.com", "password": PASSWORD}, root)
        one = {"name": "one", "scopes": ["workflows:read"], "workspace": "default", "standalone": False}
        for headers in ({}, who("ann@example.com", PASSWORD), key(**one), key(name="ci", scopes=["workflows:read"])):
            assert labelled(headers) == {""}
        assert labelled(key(name="starter", scopes=["workflows:trigger"], standalone=False)) == {""}
        for headers in (root, key(name="prometheus", scopes=["workflows:read"])):
            assert labelled(headers) == {"default", "hidden"}
    finally:
        server.stop()


def test_the_public_pages_tell_no_setting(server: Running) -> None:
    for path in ("/api/config", "/openapi.json", "/docs", "/healthz", "/readyz", "/metrics"):
        body = server.get(path).body
        for hidden in (SECRET, PASSWORD, EMAIL, str(server.state), str(server.folder)):
            assert hidden.encode() not in body


def test_webhooks_let_in_nobody_by_a_part_of_their_secret(tmp_path: Path) -> None:
    server = Running(tmp_path, HOOKED, {}, {}).start()
    secret = "hush-hush-hush"
    try:
        for guess in ("", "h", secret[:-1], secret + "x", secret.upper(), secret + "%00", "%ff", "é"):
            assert server.post(f"/hooks/called?secret={guess.replace('é', '%C3%A9')}").status in (400, 401)
        for guess in ("", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "é"):
            (answer,) = attack(server, get("/hooks/signed", f"X-Hub-Signature-256: {guess}", method="POST", body=b"{}"))
            assert answer.status == 401
        assert server.post(f"/hooks/signed?secret={secret}").status == 401
        good = "sha256=" + hmac.new(secret.encode(), b"{}", hashlib.sha256).hexdigest()
        assert server.request("POST", "/hooks/signed", headers={"X-Hub-Signature-256": good}, raw=b"{}").status == 200
        assert server.post(f"/hooks/called?secret={secret}").status == 200
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("path", "function"),
    [
        ("identity/tokens.py", "same"),
        ("triggers/webhook.py", "_same"),
        ("api/routes/push_webhooks.py", "is_genuine"),
    ],
)
def test_secrets_are_compared_in_constant_time(path: str, function: str) -> None:
    tree = ast.parse((SOURCE / path).read_text())
    (found,) = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == function]
    called = [
        node.func.attr
        for node in ast.walk(found)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    assert "compare_digest" in called


def test_nothing_named_a_secret_is_compared_by_its_value() -> None:
    """Against constants it may be: that tells nothing of its content."""
    wrong = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
                continue
            sides = [node.left, *node.comparators]
            names = " ".join(ast.unparse(side).lower() for side in sides)
            if any(isinstance(side, ast.Constant) for side in sides) or "type" in names:
                continue
            if re.search(r"\b(secret|signature|password|token|binding)\b", names):
                wrong.append(f"{path.relative_to(SOURCE)}:{node.lineno} {ast.unparse(node)}")
    assert wrong == []


@pytest.mark.parametrize(
    "next",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "/\r\nSet-Cookie: x=1",
        " //evil.example",
        "",
        "evil",
    ],
)
def test_nobody_is_led_to_another_site_after_signing_in(next: str) -> None:
    assert local_path(next) == "/"


def test_cookies_are_for_this_site_and_for_no_script(server: Running) -> None:
    reply = server.post("/api/auth/login", {"email": EMAIL, "password": PASSWORD})
    cookies = reply.headers.get_all("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert "; HttpOnly" in cookie
        assert "; SameSite=Strict" in cookie
        assert "Domain" not in cookie
