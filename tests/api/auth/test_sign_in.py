"""Signing in, staying signed in and signing out, over HTTP."""

from __future__ import annotations

import http.cookies
import itertools
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from running import DEFINITIONS, Reply, Running

from gitflow.api.auth.credentials import Credentials

SECRET = "a-secret-of-more-than-thirty-two-bytes"
EMAIL, PASSWORD = "root@example.com", "correct horse battery"
AUTH: dict[str, Any] = {
    "jwt_secret": SECRET,
    "providers": {"internal": {"provider_type": "internal"}},
    "initial_user": {"email": EMAIL, "password": PASSWORD},
}

Serve = Callable[..., Running]


NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def server(share: Callable[..., Running]) -> Running:
    """Shared: a test that needs an account of its own makes one (``make_user``)."""
    return share(DEFINITIONS, {"auth": AUTH})


def login(server: Running, email: str = EMAIL, password: str = PASSWORD) -> Reply:
    return server.post("/api/auth/login", {"email": email, "password": password})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def root(server: Running) -> dict[str, str]:
    return bearer(login(server).json["access_token"])


def make_user(server: Running, root: dict[str, str], **fields: Any) -> Any:
    """An account with an address of its own."""
    email = f"ann{next(NUMBERS)}@example.com"
    reply = server.post("/api/users", {"email": email, "password": "open sesame 1", **fields}, root)
    assert reply.status == 201, reply
    return reply.json


def make_key(server: Running, who: dict[str, str], **fields: Any) -> Any:
    reply = server.post("/api/auth/api-keys", {"name": f"ci-{next(NUMBERS)}", **fields}, who)
    assert reply.status == 201, reply
    return reply.json


def test_the_first_user_of_the_configuration_signs_in_and_is_administrator(server: Running) -> None:
    session = login(server).json
    assert session["expires_in"] == 900
    me = server.get("/api/auth/me", bearer(session["access_token"])).json
    assert set(me) == {"anonymous", "user_id", "name", "email", "created_at", "is_admin", "groups"}
    assert (me["email"], me["is_admin"]) == (EMAIL, True)


def test_the_error_does_not_say_whether_the_account_or_the_password_is_wrong(server: Running) -> None:
    wrong, unknown = login(server, password="x" * 9), login(server, "nobody@example.com")
    assert wrong.status == unknown.status == 401
    assert wrong.json == unknown.json == {"error": "Invalid email or password", "code": "unauthorized"}
    assert wrong.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "body", [{}, {"email": EMAIL}, {"email": 1, "password": "x"}, [], {"email": EMAIL, "password": None}]
)
def test_a_login_that_lacks_something_is_a_bad_request(server: Running, body: Any) -> None:
    assert server.post("/api/auth/login", body).status == 400


def test_too_many_vain_logins_are_slowed_down_even_with_the_right_password(serve: Serve) -> None:
    server = serve(settings={"auth": AUTH, "limits": {"login_attempts_per_minute": 2}})
    assert [login(server, password="wrong password").status for _ in range(3)] == [401, 401, 429]
    refused = login(server)
    assert (refused.status, refused.json["code"]) == (429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


def test_without_a_token_everything_but_the_public_is_401(server: Running) -> None:
    reply = server.get("/api/jobs")
    assert (reply.status, reply.json["code"]) == (401, "unauthorized")
    assert server.get("/healthz").status == 200
    assert server.get("/api/config").json["auth_required"] is True


@pytest.mark.parametrize("token", ["x", "a.b.c", "gfk_" + "x" * 43, "\xe9"])
def test_a_token_that_does_not_count_is_401_and_not_anonymous(serve: Serve, token: str) -> None:
    server = serve(settings={"auth": {**AUTH, "anonymous": "run"}})
    assert server.get("/api/jobs").status == 200
    assert server.get("/api/jobs", bearer(token)).status == 401


def test_a_refresh_token_counts_once_and_its_reuse_ends_the_session(server: Running) -> None:
    first = login(server).json["refresh_token"]
    second = server.post("/api/auth/refresh", {"refresh_token": first}).json["refresh_token"]
    elsewhere = {"User-Agent": "another browser"}
    assert server.post("/api/auth/refresh", {"refresh_token": first}, elsewhere).status == 401
    assert server.post("/api/auth/refresh", {"refresh_token": second}).status == 401


def test_two_tabs_that_refresh_at_the_same_time_stay_signed_in(server: Running) -> None:
    cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in cookies_of(login(server)).items())
    browser = {"Cookie": cookies, "User-Agent": "Mozilla/5.0"}
    with ThreadPoolExecutor(2) as tabs:
        both = list(tabs.map(lambda _: server.post("/api/auth/refresh", None, browser), range(2)))
    assert [reply.status for reply in both] == [200, 200]
    for reply in both:
        assert server.get("/api/auth/me", bearer(reply.json["access_token"])).status == 200
        assert server.post("/api/auth/refresh", {"refresh_token": reply.json["refresh_token"]}).status == 200
    assert server.post("/api/auth/refresh", None, browser).status == 401


def test_signing_out_ends_the_session_and_may_be_said_twice(server: Running) -> None:
    token = login(server).json["refresh_token"]
    assert server.post("/api/auth/logout", {"refresh_token": token}).status == 204
    assert server.post("/api/auth/logout", {"refresh_token": token}).status == 204
    assert server.post("/api/auth/refresh", {"refresh_token": token}).status == 401


def cookies_of(reply: Reply) -> dict[str, http.cookies.Morsel[str]]:
    found: dict[str, http.cookies.Morsel[str]] = {}
    for line in reply.headers.get_all("Set-Cookie", []):
        found.update(http.cookies.SimpleCookie(line))
    return found


def test_browsers_get_cookies_that_no_script_reads_and_no_other_site_sends(server: Running) -> None:
    cookies = cookies_of(login(server))
    assert all(cookie["httponly"] and cookie["samesite"] == "Strict" for cookie in cookies.values())
    assert cookies["gitflow_refresh"]["path"] == "/api/auth"
    kept = "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())
    assert server.get("/api/auth/me", {"Cookie": kept}).json["email"] == EMAIL
    renewed = server.post("/api/auth/refresh", None, {"Cookie": kept})
    assert renewed.status == 200
    gone = cookies_of(server.post("/api/auth/logout", None, {"Cookie": kept}))
    assert {cookie.value for cookie in gone.values()} == {""}


def test_cookies_are_for_https_alone_where_the_server_is_known_by_it(serve: Serve) -> None:
    server = serve(settings={"auth": {**AUTH, "base_url": "https://flows.example.com"}})
    assert all(cookie["secure"] for cookie in cookies_of(login(server)).values())


def test_a_cookie_does_not_help_a_page_of_another_site(server: Running) -> None:
    kept = f"gitflow_access={login(server).json['access_token']}"
    foreign = {"Cookie": kept, "Origin": "https://evil.example"}
    assert server.post("/api/workspaces/default/tasks/hello-world/execute", {}, foreign).status == 403


def test_users_are_made_listed_and_shown_as_the_api_says(server: Running, root: dict[str, str]) -> None:
    ann = make_user(server, root, groups=["ops"])
    assert {"user_id", "name", "email", "auth_methods", "created_at", "last_login_at", "is_admin", "groups"} <= set(ann)
    assert ann["auth_methods"] == ["internal"]
    listed = server.get("/api/users", root).json
    assert (listed[0]["email"], listed[-1]) == (EMAIL, ann)
    assert server.get(f"/api/users?limit=1&offset={len(listed) - 1}", root).json == [ann]
    assert server.get(f"/api/users/{ann['user_id']}", root).json == ann
    twice = server.post("/api/users", {"email": ann["email"].upper()}, root)
    assert (twice.status, twice.json["code"]) == (409, "conflict")


def test_a_user_sees_themselves_alone(server: Running, root: dict[str, str]) -> None:
    ann = make_user(server, root)
    token = bearer(login(server, ann["email"], "open sesame 1").json["access_token"])
    assert [user["email"] for user in server.get("/api/users", token).json] == [ann["email"]]
    other = server.get("/api/auth/me", root).json["user_id"]
    assert server.get(f"/api/users/{other}", token).status == 404
    assert server.get(f"/api/users/{ann['user_id']}", token).status == 200
    assert server.post("/api/users", {"email": "eve@example.com"}, token).status == 403
    assert server.get("/api/audit", token).status == 403


def test_a_disabled_user_is_out_at_once_and_back_when_enabled(server: Running, root: dict[str, str]) -> None:
    ann = make_user(server, root)
    session = login(server, ann["email"], "open sesame 1").json
    token = bearer(session["access_token"])
    assert server.get("/api/jobs", token).status == 200
    assert server.post(f"/api/users/{ann['user_id']}/disable", None, root).json["disabled"] is True
    assert server.get("/api/jobs", token).status == 401
    assert login(server, ann["email"], "open sesame 1").status == 401
    assert server.post("/api/auth/refresh", {"refresh_token": session["refresh_token"]}).status == 401
    server.post(f"/api/users/{ann['user_id']}/enable", None, root)
    assert server.get("/api/jobs", token).status == 200


def test_the_only_administrator_stays(server: Running, root: dict[str, str]) -> None:
    me = server.get("/api/auth/me", root).json["user_id"]
    assert server.post(f"/api/users/{me}/disable", None, root).status == 409


def test_a_password_is_changed_by_who_knows_the_old_one(server: Running, root: dict[str, str]) -> None:
    ann = make_user(server, root)
    token = bearer(login(server, ann["email"], "open sesame 1").json["access_token"])
    wrong = {"current": "not the one", "new": "another one 2"}
    assert server.post("/api/auth/password", wrong, token).status == 403
    right = {"current": "open sesame 1", "new": "another one 2"}
    assert server.post("/api/auth/password", right, token).status == 204
    assert login(server, ann["email"], "open sesame 1").status == 401
    assert login(server, ann["email"], "another one 2").status == 200


def test_guessing_the_current_password_is_slowed_down_and_audited(serve: Serve) -> None:
    server = serve(settings={"auth": AUTH, "limits": {"login_attempts_per_minute": 3}})
    token = bearer(login(server).json["access_token"])
    right = {"current": PASSWORD, "new": "another one 2"}
    wrong = {**right, "current": "not the one"}
    assert [server.post("/api/auth/password", wrong, token).status for _ in range(3)] == [403, 403, 403]
    refused = server.post("/api/auth/password", right, token)
    assert (refused.status, refused.json["code"]) == (429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert login(server).status == 429
    rows = server.get("/api/audit?what=user.password_set", token).json
    assert [(row["actor"], row["outcome"]) for row in rows] == [(EMAIL, "refused")] * 3


def at_once(times: int, ask: Callable[[], Reply]) -> list[int]:
    with ThreadPoolExecutor(times) as pool:
        return sorted(reply.status for reply in pool.map(lambda _: ask(), range(times)))


def test_many_vain_logins_at_once_are_no_way_round_the_limit(serve: Serve) -> None:
    server = serve(settings={"auth": AUTH, "limits": {"login_attempts_per_minute": 3}})
    assert at_once(20, lambda: login(server, password="wrong password")) == [401] * 3 + [429] * 17


def test_what_is_remembered_of_a_vain_login_is_short_whatever_was_sent(serve: Serve) -> None:
    server = serve(settings={"auth": AUTH})
    assert login(server, "x" * 500_000 + "@example.com").status == 401
    assert server.post("/v2/sessions", {"user_name": "x" * 500_000, "user_secret": "gfk_x"}).status == 401
    assert max(len(name) for name in server.server.context.part(Credentials).tries._failed) < 300
    (actor, _) = (
        row["actor"]
        for row in server.get("/api/audit?what=login.failed", bearer(login(server).json["access_token"])).json
    )
    assert actor == "x" * 254


def test_right_passwords_at_once_all_count(serve: Serve) -> None:
    server = serve(settings={"auth": AUTH, "limits": {"login_attempts_per_minute": 3}})
    assert at_once(20, lambda: login(server)) == [200] * 20


def test_a_key_is_shown_once_and_acts_for_its_maker(server: Running, root: dict[str, str]) -> None:
    key = make_key(server, root)
    assert server.get("/api/auth/me", bearer(key["key"])).json["email"] == EMAIL
    (listed,) = [one for one in server.get("/api/auth/api-keys", root).json if one["key_id"] == key["key_id"]]
    assert "key" not in listed
    assert listed["hint"] == key["key"][:12]
    assert server.request("DELETE", f"/api/auth/api-keys/{key['key_id']}", headers=root).status == 204
    assert server.get("/api/auth/me", bearer(key["key"])).status == 401


def test_a_key_does_what_its_scopes_say_and_no_more(server: Running, root: dict[str, str]) -> None:
    key = bearer(make_key(server, root, scopes=["workflows:read"])["key"])
    assert server.get("/api/jobs", key).status == 200
    assert server.post("/api/workspaces/default/tasks/hello-world/execute", {}, key).status == 403
    assert server.get("/api/audit", key).status == 403


KEYS = "/api/auth/api-keys"


@pytest.mark.parametrize("scopes", [["workflows:read"], ["workflows:trigger", "workflows:write", "workflows:read"]])
def test_a_key_with_scopes_manages_keys_only_with_the_scope_admin(
    server: Running, root: dict[str, str], scopes: list[str]
) -> None:
    other = make_key(server, root)
    key = bearer(make_key(server, root, scopes=scopes)["key"])
    for refused in (
        server.get(KEYS, key),
        server.post(KEYS, {"name": "same", "scopes": scopes}, key),
        server.request("DELETE", f"{KEYS}/{other['key_id']}", headers=key),
        server.post("/api/auth/password", {"current": PASSWORD, "new": "another one 2"}, key),
    ):
        assert refused.status == 403, refused
    assert server.get("/api/auth/me", bearer(other["key"])).status == 200
    admin = bearer(make_key(server, root, scopes=["admin"])["key"])
    assert make_key(server, admin, scopes=scopes)["scopes"] == sorted(scopes)
    assert server.post(KEYS, {"name": "unlimited"}, admin).status == 403
    assert server.request("DELETE", f"{KEYS}/{other['key_id']}", headers=admin).status == 204


def test_what_a_key_makes_ends_with_it_also_through_other_keys(server: Running, root: dict[str, str]) -> None:
    first = make_key(server, root, expires_at="2999-01-01T00:00:00Z")
    second = make_key(server, bearer(first["key"]))
    third = make_key(server, bearer(second["key"]), standalone=True, scopes=["admin"])
    assert second["parent_key_id"] == first["key_id"]
    assert third["expires_at"] == second["expires_at"] == "2999-01-01T00:00:00Z"
    later = server.post(KEYS, {"name": "later", "expires_at": "2999-01-02T00:00:00Z"}, bearer(second["key"]))
    assert (later.status, [one["field"] for one in later.json["details"]]) == (400, ["expires_at"])
    sooner = make_key(server, bearer(second["key"]), expires_at="2998-01-01T00:00:00Z")
    assert sooner["expires_at"] == "2998-01-01T00:00:00Z"
    assert server.request("DELETE", f"{KEYS}/{first['key_id']}", headers=root).status == 204
    for key in (first, second, third, sooner):
        assert server.get("/api/jobs", bearer(key["key"])).status == 401
    listed = {key["key_id"]: key["revoked_at"] for key in server.get(f"{KEYS}?limit=500", root).json}
    assert None not in {listed[key["key_id"]] for key in (first, second, third, sooner)}


def test_the_audit_names_the_key_in_every_action_made_with_one(server: Running, root: dict[str, str]) -> None:
    key = make_key(server, root)
    made = make_key(server, bearer(key["key"]))
    server.post("/api/workspaces/default/tasks/hello-world/execute", {}, bearer(key["key"]))
    server.request("DELETE", f"{KEYS}/{made['key_id']}", headers=bearer(key["key"]))
    rows = server.get(f"/api/audit?api_key={key['name']}", root).json
    assert [(row["what"], row["actor"], row["api_key"]) for row in rows] == [
        (what, EMAIL, key["name"]) for what in ("key.revoked", "tasks.execute", "key.created")
    ]
    assert server.get("/api/audit?what=key.created&limit=2", root).json[1]["api_key"] is None


def test_a_key_leaves_no_administrator_who_can_sign_in(server: Running, root: dict[str, str]) -> None:
    key = bearer(make_key(server, root, scopes=["admin"])["key"])
    ann = make_user(server, key)
    assert server.post(f"/api/users/{ann['user_id']}/password", {"password": "another one 2"}, key).status == 204
    mine = server.get("/api/auth/me", root).json["user_id"]
    for path, body in (
        ("/api/users", {"email": "eve@example.com", "is_admin": True}),
        (f"/api/users/{mine}/password", {"password": "another one 2"}),
    ):
        refused = server.post(path, body, key)
        assert refused.status == 403
        assert "gitflow user" in refused.json["error"]


def test_a_key_for_one_workspace_manages_the_keys_for_it_alone(server: Running, root: dict[str, str]) -> None:
    key = make_key(server, root, workspace="default")
    other = make_key(server, root)
    assert other["key_id"] not in [one["key_id"] for one in server.get(f"{KEYS}?limit=500", bearer(key["key"])).json]
    assert server.request("DELETE", f"{KEYS}/{other['name']}", headers=bearer(key["key"])).status == 404
    assert server.request("DELETE", f"{KEYS}/{key['name']}", headers=bearer(key["key"])).status == 204


def test_a_key_is_for_a_workspace_that_its_maker_sees(serve: Serve) -> None:
    hidden = {"type": "folder", "path": "/nowhere"}
    both = {"default": {"type": "folder", "path": "/nowhere"}, "hidden": hidden}
    rules = [{"action": "run", "workspace": "default"}]
    server = serve(settings={"auth": AUTH, "permissions": rules, "workspaces": both})
    root = bearer(login(server).json["access_token"])
    ann = bearer(login(server, make_user(server, root)["email"], "open sesame 1").json["access_token"])
    assert make_key(server, root, workspace="hidden")["workspace"] == "hidden"
    refused = server.post(KEYS, {"name": "ci", "workspace": "hiden"}, root)
    assert (refused.status, [one["field"] for one in refused.json["details"]]) == (400, ["workspace"])
    assert 'did you mean "hidden"?' in refused.json["error"]
    unseen, unknown = (server.post(KEYS, {"name": "ci", "workspace": name}, ann) for name in ("hidden", "nohere"))
    assert unseen.status == unknown.status == 400
    assert unseen.json["error"].replace("hidden", "nohere") == unknown.json["error"]


def test_starting_watching_and_acting_are_three_scopes(server: Running, root: dict[str, str]) -> None:
    starter, watcher, actor = (
        bearer(make_key(server, root, name=scope[10:], scopes=[scope])["key"])
        for scope in ("workflows:trigger", "workflows:read", "workflows:write")
    )
    started = server.post("/api/workspaces/default/tasks/asking/execute", {}, starter)
    job = f"/api/jobs/{started.json['job_id']}"
    assert server.get(job, starter).status == 403
    assert server.post(f"{job}/cancel", None, starter).status == 403
    assert server.get(job, watcher).status == 200
    assert server.post(f"{job}/cancel", None, watcher).status == 403
    assert server.get(job, actor).status == 403
    assert server.post(f"{job}/cancel", None, actor).status == 200
    assert server.get("/api/auth/me", actor).status == 200
    assert server.get("/api/audit", actor).status == 403


def test_a_key_of_another_workspace_sees_nothing_here(server: Running, root: dict[str, str]) -> None:
    made = make_key(server, root, workspace="default")
    with sqlite3.connect(server.state / "gitflow.db") as database:
        database.execute("UPDATE api_key SET workspace = 'elsewhere' WHERE key_id = ?", (made["key_id"],))
    key = bearer(made["key"])
    job_id = server.post("/api/workspaces/default/tasks/hello-world/execute", {}, root).json["job_id"]
    assert server.get("/api/workspaces", key).json == []
    assert server.get("/api/workspaces/default/tasks", key).status == 404
    assert server.get("/api/jobs", key).json == []
    assert server.get(f"/api/jobs/{job_id}", key).status == 404
    assert server.get(f"/api/jobs/{job_id}/logs", key).status == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a/b"},
        {"scopes": ["everything"]},
        {"expires_at": "2001-01-01T00:00:00Z"},
        {"expires_at": "tomorrow"},
        {"more": 1},
    ],
)
def test_a_wrong_key_is_a_bad_request(server: Running, root: dict[str, str], wrong: dict[str, Any]) -> None:
    assert server.post("/api/auth/api-keys", {"name": "ci", **wrong}, root).status == 400


def test_an_expired_key_does_not_count(server: Running, root: dict[str, str]) -> None:
    key = make_key(server, root, expires_at="2999-01-01T00:00:00Z")
    assert server.get("/api/jobs", bearer(key["key"])).status == 200
    with sqlite3.connect(server.state / "gitflow.db") as database:
        database.execute("UPDATE api_key SET expires_at = 1 WHERE key_id = ?", (key["key_id"],))
    server.server.context.part(Credentials).forget()
    assert server.get("/api/jobs", bearer(key["key"])).status == 401


def test_the_audit_trail_tells_who_did_what_from_where(server: Running, root: dict[str, str]) -> None:
    login(server, password="wrong password")
    make_user(server, root)
    server.post("/api/workspaces/default/tasks/hello-world/execute", {}, root)
    rows = server.get("/api/audit", root).json
    events = [(row["what"], row["actor"], row["outcome"]) for row in rows]
    assert events[:3] == [
        ("tasks.execute", EMAIL, "done"),
        ("user.created", EMAIL, "done"),
        ("login.failed", EMAIL, "refused"),
    ]
    assert {row["address"] for row in rows[:3]} == {"127.0.0.1"}
    assert (rows[0]["workspace"], rows[0]["subject"]) == ("default", "hello-world")
    page = server.get("/api/audit?limit=2", root)
    following = page.headers["Link"].split(">")[0].removeprefix("<")
    assert server.get(following, root).json == rows[2:4]
    logins = [row["what"] for row in server.get("/api/audit?what=login.", root).json]
    assert logins[0] == "login.failed"
    assert set(logins) == {"login.failed", "login.succeeded"}


def test_a_job_that_a_person_starts_has_them_as_its_source(server: Running, root: dict[str, str]) -> None:
    key = bearer(make_key(server, root)["key"])
    execute = "/api/workspaces/default/tasks/hello-world/execute"
    for headers, source in ((root, ("user", EMAIL)), (key, ("api", None))):
        job = server.post(execute, {}, headers).json["job_id"]
        detail = server.get(f"/api/jobs/{job}", root).json
        assert (detail["source_type"], detail["source_id"]) == source
    assert {row["source_id"] for row in server.get("/api/jobs?source_type=user", root).json} == {EMAIL}


def test_history_names_the_person(server: Running, root: dict[str, str]) -> None:
    job_id = server.post("/api/workspaces/default/tasks/hello-world/execute", {}, root).json["job_id"]
    with sqlite3.connect(server.state / "gitflow.db") as database:
        (actor,) = database.execute("SELECT source_actor FROM job WHERE id = ?", (job_id,)).fetchone()
    assert actor == EMAIL


def test_passwords_and_tokens_are_nowhere_on_the_disk(serve: Serve) -> None:
    server = serve(settings={"auth": AUTH})
    session = login(server).json
    key = make_key(server, bearer(session["access_token"]))["key"]
    server.stop()
    written = b"".join(path.read_bytes() for path in server.state.rglob("*") if path.is_file())
    assert written
    for secret in (PASSWORD, session["access_token"], session["refresh_token"], key, SECRET):
        assert secret.encode() not in written


def test_a_short_secret_is_refused_at_the_start(serve: Serve) -> None:
    with pytest.raises(Exception, match=r"auth\.jwt_secret: it has 5 bytes and must have at least 32"):
        serve(settings={"auth": {**AUTH, "jwt_secret": "short"}})


@pytest.mark.parametrize(
    ("first", "text"),
    [
        (
            {"password": "short"},
            ".password (or the file that password_file names): a password has 8 to 1024 characters",
        ),
        ({"password_file": "password"}, "characters, but this one has 5"),
        ({"email": "root", "password": PASSWORD}, ": 'root' is not an email address"),
    ],
)
def test_a_first_user_who_cannot_be_made_names_file_and_key(tmp_path: Path, first: dict[str, str], text: str) -> None:
    path = tmp_path / "server-config.yaml"
    (tmp_path / "password").write_text("short\n")
    path.write_text(
        f"listen: 127.0.0.1:0\nstate_dir: state\nauth: {{initial_user: {json.dumps({'email': EMAIL, **first})}}}\n"
        f"workspaces: {{default: {{type: folder, path: {tmp_path}}}}}\n"
    )
    server = subprocess.run(
        [sys.executable, "-m", "gitflow.cli.main", "server", "--config", str(path)],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert server.returncode != 0
    assert f"{path}: auth.initial_user" in server.stderr
    assert text in server.stderr
    assert "Traceback" not in server.stderr


def test_a_server_without_a_secret_makes_its_own_and_keeps_it(serve: Serve) -> None:
    without = {name: value for name, value in AUTH.items() if name != "jwt_secret"}
    server = serve(settings={"auth": without})
    token = login(server).json["access_token"]
    kept = server.state / "access-tokens.key"
    assert kept.stat().st_mode & 0o777 == 0o600
    server.stop()
    again = serve(settings={"auth": without})
    assert again.get("/api/auth/me", bearer(token)).status == 200


def test_an_open_server_has_no_accounts_and_ignores_credentials(serve: Serve) -> None:
    server = serve()
    assert server.get("/api/jobs", bearer("nonsense")).status == 200
    assert server.get("/api/users").json == []
    for reply in (login(server), server.get("/api/auth/api-keys")):
        assert reply.status == 404
        assert "no accounts" in reply.json["error"]
    me = server.get("/api/auth/me", bearer("nonsense")).json
    assert (me["anonymous"], me["user_id"], me["is_admin"], me["groups"]) == (True, None, True, [])
