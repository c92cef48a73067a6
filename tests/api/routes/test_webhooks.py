"""Webhooks over HTTP: who may call them, the input of the job, and the response."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import pytest

HOOKS = """
tasks:
  t: {flow: {a: {type: shell, cmd: "true"}}}
  shown:
    input: {ref: {type: string}}
    output: {got: "{{ input.ref }}"}
    flow: {a: {type: shell, cmd: "true"}}
  slow: {flow: {a: {type: wait, event: go}}}
  typed: {input: {n: {type: integer, required: true}}, flow: {a: {type: shell, cmd: "true"}}}
secrets:
  HOOK: "{{ env.HOOK_SECRET }}"
  GONE: "{{ env.NOT_ALLOWED }}"
triggers:
  open: {type: webhook, task: t}
  guarded: {type: webhook, task: t, secret: "{{ secret.HOOK }}"}
  github: {type: webhook, name: gh, task: shown, secret: "{{ secret.HOOK }}", signature: github,
           input: {ref: "{{ body.ref }}"}}
  standard: {type: webhook, task: t, secret: "{{ secret.HOOK }}", signature: standard-webhooks}
  sync: {type: webhook, task: shown, mode: sync, input: {ref: "{{ query.ref }}"}}
  late: {type: webhook, task: slow, mode: sync, timeout_secs: 1}
  typed: {type: webhook, task: typed, input: {n: "{{ body.n }}"}, methods: [POST, PUT]}
  off: {type: webhook, task: t, enabled: false}
  filtered: {type: webhook, task: t, secret: "{{ secret.HOOK }}", signature: github, events: [push, "pull_*"],
             branches: [main, "release/*", "!release/old"], when: "not body.draft | default(false)"}
  pinged: {type: webhook, task: t, events: [ping]}
  odd: {type: webhook, task: t, when: "body.count.of.it > 3"}
  unknown: {type: webhook, task: t, secret: "{{ secret.GONE }}"}
"""
SECRET = "a secret of the hook"


@pytest.fixture
def hooks(serve, tmp_path):
    """Serves HOOKS as workspace ``default``, which may read the variables it names."""
    allowed = {"type": "folder", "path": str(tmp_path / "a" / "workspace"), "secrets": {"env": ["HOOK_*"]}}
    return serve(HOOKS, {"workspaces": {"default": allowed}}, environ={"HOOK_SECRET": SECRET, "NOT_ALLOWED": "x"})


def github(body: bytes, secret: str = SECRET) -> dict[str, str]:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={signature}", "Content-Type": "application/json"}


def standard(body: bytes, id: str = "msg_1", at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    sent = str(int(time.time() if at is None else at))
    signature = hmac.digest(secret.encode(), f"{id}.{sent}.".encode() + body, "sha256")
    signed = "v1,bm90IHRoaXMgb25l v1," + base64.b64encode(signature).decode()
    return {"webhook-id": id, "webhook-timestamp": sent, "webhook-signature": signed}


def input_of(server, reply):
    assert reply.status == 200, reply
    return server.finished(reply.json["job_id"])["input"]


def test_a_call_starts_a_job_and_tells_which(hooks):
    reply = hooks.post("/hooks/open", {"a": [1]})
    assert (reply.status, reply.json["trigger"], reply.json["task"]) == (200, "open", "t")
    job = hooks.finished(reply.json["job_id"])
    assert (job["source_type"], job["source_id"], job["status"]) == ("webhook", "open", "completed")


def test_the_request_arrives_without_what_let_the_caller_in(hooks):
    headers = {"Authorization": f"Bearer {SECRET}", "Cookie": "a=b", "X-Kind": "push", "X-Gitlab-Token": "t"}
    given = input_of(hooks, hooks.post("/hooks/guarded?x=1&secret=" + "s&x=2", {"ref": "main"}, headers))
    assert given["body"] == {"ref": "main"}
    assert given["method"] == "POST"
    assert given["query"] == {"x": "2"}
    assert given["headers"]["x-kind"] == "push"
    assert SECRET not in json.dumps(given)
    assert not {"authorization", "cookie", "x-gitlab-token"} & given["headers"].keys()


@pytest.mark.parametrize(
    ("media", "body", "arrives"),
    [
        ("application/json", b'{"a": 1}', {"a": 1}),
        ("application/vnd.x+json; charset=utf-8", b"[1]", [1]),
        ("application/x-www-form-urlencoded", b"a=1&b=x%20y&a=2", {"a": "2", "b": "x y"}),
        ("application/x-www-form-urlencoded", b'{"a": "by curl -d"}', {"a": "by curl -d"}),
        ("text/plain", b"hello", "hello"),
        ("text/plain; charset=iso-8859-1", b"\xe9", "\xe9"),
        ("application/octet-stream", b"\xff", {"base64": "/w==", "content_type": "application/octet-stream"}),
        ("text/plain", b"\xff", {"base64": "/w==", "content_type": "text/plain"}),
        ("application/json", b"", None),
    ],
)
def test_a_body_arrives_by_its_content_type(hooks, media, body, arrives):
    reply = hooks.request("POST", "/hooks/open", headers={"Content-Type": media}, raw=body)
    assert input_of(hooks, reply)["body"] == arrives


@pytest.mark.parametrize("body", [b"{", b"\xff", b"NaN", b'"\\ud800"', b"[" * 5000 + b"]" * 5000])
def test_what_says_it_is_json_and_is_not_is_refused(hooks, body):
    reply = hooks.request("POST", "/hooks/open", headers={"Content-Type": "application/json"}, raw=body)
    assert (reply.status, reply.json["code"]) == (400, "invalid_input")


def test_a_secret_lets_in_by_query_and_by_bearer_and_nothing_else_does(hooks):
    from urllib.parse import quote

    assert hooks.get(f"/hooks/guarded?secret={quote(SECRET)}").status == 200
    assert hooks.post("/hooks/guarded", None, {"Authorization": f"Bearer {SECRET}"}).status == 200
    for path, headers in (
        ("/hooks/guarded", {}),
        ("/hooks/guarded?secret=", {}),
        ("/hooks/guarded?secret=wrong", {}),
        ("/hooks/guarded", {"Authorization": f"Basic {SECRET}"}),
        ("/hooks/guarded", github(b"")),
    ):
        reply = hooks.request("POST", path, headers=headers)
        assert (reply.status, reply.json["error"]) == (401, "Invalid or missing secret")


def test_a_body_signed_as_github_does_lets_in_and_a_changed_one_does_not(hooks):
    body = b'{"ref": "refs/heads/main"}'
    reply = hooks.request("POST", "/hooks/gh", headers=github(body), raw=body)
    assert hooks.finished(reply.json["job_id"])["output"] == {"got": "refs/heads/main"}
    assert hooks.request("POST", "/hooks/gh", headers=github(body), raw=body + b" ").status == 401
    assert hooks.request("POST", "/hooks/gh", headers=github(body, "other"), raw=body).status == 401
    assert hooks.request("POST", "/hooks/gh", headers={"Authorization": f"Bearer {SECRET}"}, raw=body).status == 401


def test_a_standard_webhook_counts_once_and_only_while_it_is_fresh(hooks):
    body = b"{}"
    first = hooks.request("POST", "/hooks/standard", headers=standard(body), raw=body)
    again = hooks.request("POST", "/hooks/standard", headers=standard(body), raw=body)
    assert first.status == again.status == 200
    assert first.json == again.json
    other = hooks.request("POST", "/hooks/standard", headers=standard(body, "msg_2"), raw=body)
    assert other.json["job_id"] != first.json["job_id"]
    for headers in (
        standard(body, "msg_3", time.time() - 400),
        standard(body, "msg_3", time.time() + 400),
        {**standard(body, "msg_3"), "webhook-id": "msg_4"},
        {**standard(body, "msg_3"), "webhook-timestamp": "soon"},
        {**standard(body, "msg_3"), "webhook-signature": "v1,"},
        standard(body, "msg_3", secret="whsec_"),
    ):
        assert hooks.request("POST", "/hooks/standard", headers=headers, raw=body).status == 401


def test_a_secret_that_cannot_be_had_lets_nobody_in(hooks):
    reply = hooks.get("/hooks/unknown?secret=")
    assert reply.status == 503
    assert "NOT_ALLOWED" in reply.json["error"]
    assert hooks.get("/hooks/unknown?secret=x").status == 503


def test_what_is_no_webhook_is_not_found(hooks):
    for path in ("/hooks/none", "/hooks/off", "/hooks/github", "/hooks/other/open", "/hooks/default/none"):
        reply = hooks.post(path)
        assert (reply.status, reply.json["error"]) == (404, "Webhook not found")
    assert hooks.post("/hooks/default/open").status == 200


def test_a_method_that_it_does_not_take_is_refused(hooks):
    reply = hooks.get("/hooks/typed")
    assert (reply.status, reply.headers["Allow"]) == (405, "POST, PUT")
    assert hooks.request("DELETE", "/hooks/open").status == 405
    assert hooks.request("PUT", "/hooks/typed", {"n": 1}).status == 200


def test_an_input_that_the_task_does_not_take_is_refused(hooks):
    reply = hooks.post("/hooks/typed", {"n": "x"})
    assert (reply.status, reply.json["details"][0]["field"]) == (400, "n")
    assert hooks.post("/hooks/typed", {}).status == 400
    events = hooks.get("/api/workspaces/default/triggers/typed/events").json
    assert [event["what"] for event in events] == ["failed", "failed"]


def test_a_synchronous_webhook_answers_with_the_end(hooks):
    reply = hooks.get("/hooks/sync?ref=v1")
    assert reply.status == 200
    assert (reply.json["status"], reply.json["output"]) == ("completed", {"got": "v1"})


def test_a_synchronous_webhook_that_takes_too_long_is_asked_again(hooks):
    reply = hooks.post("/hooks/late")
    assert (reply.status, reply.json["status"], reply.json["output"]) == (202, "running", None)
    path = f"/hooks/late/jobs/{reply.json['job_id']}"
    assert (hooks.get(path).status, hooks.get(path).json["status"]) == (200, "running")
    assert hooks.get(f"{path}?wait=true&timeout=1").status == 202
    hooks.service.app.orchestrator.post_event(*event_for(reply.json["job_id"]))
    hooks.service.app.engine.runner.wake()
    done = hooks.get(f"{path}?wait=true&timeout=20")
    assert (done.status, done.json["status"]) == (200, "completed")


def test_who_knows_the_secret_learns_the_revision_of_the_job_and_nobody_else(hooks):
    from urllib.parse import quote

    known = f"secret={quote(SECRET)}"
    id = hooks.get(f"/hooks/guarded?{known}").json["job_id"]
    answer = hooks.get(f"/hooks/guarded/jobs/{id}?{known}").json
    assert (answer["revision"], answer["commit"]) == (hooks.get(f"/api/jobs/{id}").json["revision"], None)
    assert {"revision", "commit"}.isdisjoint(hooks.get("/hooks/sync?ref=v1").json)


def event_for(job_id):
    from gitflow.core.jobs.events import EventReceived

    return job_id, EventReceived(time.time(), "1", "go", {}, "ada")


def test_only_who_knows_the_secret_may_ask_and_only_about_its_own_jobs(hooks):
    from urllib.parse import quote

    guarded = hooks.get(f"/hooks/guarded?secret={quote(SECRET)}").json["job_id"]
    assert hooks.get(f"/hooks/guarded/jobs/{guarded}").status == 401
    assert hooks.get(f"/hooks/guarded/jobs/{guarded}?secret={quote(SECRET)}").status == 200
    assert hooks.get(f"/hooks/default/open/jobs/{guarded}").status == 404
    assert hooks.get("/hooks/open/jobs/00000000-0000-7000-8000-000000000000").status == 404
    assert hooks.get("/hooks/open/jobs/nonsense").status == 400


def test_a_body_over_the_limit_is_refused(serve):
    running = serve(HOOKS, {"limits": {"webhook_body_bytes": 100}})
    assert running.request("POST", "/hooks/open", raw=b"x" * 101).status == 413


def test_a_name_that_several_workspaces_have_is_ambiguous(serve, tmp_path):
    other = tmp_path / "other" / ".workflows"
    other.mkdir(parents=True)
    (other / "a.yaml").write_text(HOOKS)
    paths = {"default": tmp_path / "a" / "workspace", "other": tmp_path / "other"}
    running = serve(HOOKS, {"workspaces": {name: {"type": "folder", "path": str(p)} for name, p in paths.items()}})
    running.refresh("other")
    reply = running.post("/hooks/open")
    assert reply.status == 409
    assert "/hooks/other/open" in reply.json["error"]
    assert running.post("/hooks/other/open").status == 200


def test_a_name_that_several_workspaces_have_tells_none_that_the_caller_may_not_see(serve, tmp_path):
    paths = {}
    for name in ("default", "hidden", "secret"):
        paths[name] = tmp_path / name
        (tmp_path / name / ".workflows").mkdir(parents=True)
        (tmp_path / name / ".workflows" / "a.yaml").write_text(HOOKS)
    root = {"email": "root@example.com", "password": "correct horse battery"}
    auth = {"providers": {"internal": {"provider_type": "internal"}}, "initial_user": root}
    rules = [{"action": "view", "workspace": "default"}]
    folders = {name: {"type": "folder", "path": str(path)} for name, path in paths.items()}
    running = serve(HOOKS, {"workspaces": folders, "auth": auth, "permissions": rules})

    def paths(token=None):
        reply = running.post("/hooks/open", None, {"Authorization": f"Bearer {token}"} if token else {})
        assert reply.status == 409
        return reply.json["error"].partition("call ")[2]

    def token(**who):
        return running.post("/api/auth/login", who).json["access_token"]

    admin = token(**root)
    ann = {"email": "ann@example.com", "password": "open sesame 1"}
    running.post("/api/users", ann, {"Authorization": f"Bearer {admin}"})
    assert paths() == "/hooks/WORKSPACE/open"
    assert paths(token(**ann)) == "/hooks/default/open"
    assert paths(admin) == "/hooks/default/open or /hooks/hidden/open or /hooks/secret/open"


def test_a_suspended_webhook_starts_nothing(hooks):
    assert hooks.post("/api/workspaces/default/triggers/open/suspend").status == 200
    reply = hooks.post("/hooks/open")
    assert reply.status == 409
    assert "suspended" in reply.json["error"]
    assert hooks.post("/api/workspaces/default/triggers/open/unsuspend").status == 200
    assert hooks.post("/hooks/open").status == 200


def send(hooks, name: str, event: str, body: dict[str, object], header: str = "X-GitHub-Event"):
    data = json.dumps(body).encode()
    return hooks.request("POST", f"/hooks/{name}", headers={**github(data), header: event}, raw=data)


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("push", {"ref": "refs/heads/main"}),
        ("push", {"ref": "refs/heads/release/2"}),
        ("pull_request", {"pull_request": {"base": {"ref": "main"}}}),
    ],
)
def test_a_request_that_all_filters_let_pass_starts_a_job(hooks, event, body):
    reply = send(hooks, "filtered", event, body)
    assert (reply.status, "skipped" in reply.json) == (200, False)
    assert hooks.finished(reply.json["job_id"])["source_id"] == "filtered"


@pytest.mark.parametrize(
    ("event", "body", "why"),
    [
        ("issues", {}, "its event is 'issues', and `events` of the trigger does not have it"),
        ("push", {"ref": "refs/heads/other"}, "its branch is 'other', and `branches` of the trigger does not have it"),
        ("push", {"ref": "refs/heads/release/old"}, "its branch is 'release/old', and `branches` of the trigger"),
        ("push", {"ref": "refs/tags/main"}, "its branch is not known, and `branches` of the trigger"),
        ("push", {"ref": "refs/heads/main", "draft": True}, "`when` of the trigger is not true"),
        ("ping", {"zen": "Keep it simple."}, "this event only tries the webhook"),
    ],
)
def test_a_request_that_a_filter_holds_back_is_answered_with_the_reason_and_starts_nothing(hooks, event, body, why):
    reply = send(hooks, "filtered", event, body)
    assert (reply.status, reply.json["job_id"]) == (200, None)
    assert reply.json["skipped"].startswith(why)
    assert hooks.get("/api/jobs").json == []


def test_whoever_does_not_know_the_secret_learns_nothing_of_the_filters(hooks):
    assert hooks.post("/hooks/filtered", {}, {"X-GitHub-Event": "ping"}).status == 401


def test_a_ping_of_github_starts_no_job_unless_the_trigger_lists_it(hooks):
    assert send(hooks, "gh", "ping", {"zen": "x"}).json["skipped"] == "this event only tries the webhook"
    assert send(hooks, "pinged", "ping", {"zen": "x"}).json["job_id"] is not None


def test_a_condition_that_cannot_be_evaluated_is_said_to_the_sender(hooks):
    reply = hooks.post("/hooks/odd", {"count": "many"})
    assert (reply.status, "`when` of trigger 'odd' cannot be evaluated" in reply.json["error"]) == (400, True)
    assert hooks.post("/hooks/odd", {"count": {"of": {"it": 2}}}).json["job_id"] is None
