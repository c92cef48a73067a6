"""The seed page of jobs, triggers and connections, line by line, as its clients speak it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from running import Reply, Running

from gitflow.api.dialects.komand.dialect import DENIED
from gitflow.core.status import StepStatus

DEFINITIONS = """\
connection_types:
  database:
    host: {type: string}
    password: {type: string, secret: true}
connections:
  main: {type: database, host: db.example.com, password: not for anybody}
  spare: {type: database, host: spare.example.com, password: nor this}
actions:
  dump:
    type: shell
    input: {db: {type: database}}
    cmd: "true"
tasks:
  greet:
    description: Says hello
    input:
      name: {type: string, default: World}
      pin: {type: string, secret: true, default: "48284"}
    flow:
      say: {type: shell, cmd: 'echo "OUTPUT: {\\"to\\": \\"{{ input.name }}\\"}"'}
      quiet: {type: shell, cmd: "true", depends_on: [say]}
      never: {type: shell, cmd: "true", when: "false", depends_on: [say]}
  gate:
    flow:
      before: {type: shell, cmd: "true"}
      ask: {type: approval, message: go on?, depends_on: [before]}
      after: {type: shell, cmd: "true", depends_on: [ask]}
      other: {type: shell, cmd: "true", depends_on: [ask, before]}
  broken:
    input: {times: {type: integer, default: 1}}
    flow:
      good: {type: shell, cmd: "true"}
      tolerated: {type: shell, cmd: "exit 4", depends_on: [good], continue_on_failure: true}
      anyway: {type: shell, cmd: "true", depends_on: [tolerated], continue_on_failure: true}
      bad: {type: shell, cmd: "exit 3", depends_on: [good]}
      last: {type: shell, cmd: "true", depends_on: [bad]}
  looping:
    flow:
      turn:
        for_each: [a, b, c]
        sequential: true
        type: approval
        message: "{{ each.item }}?"
  nesting:
    flow:
      around:
        for_each: [x, y]
        sequential: true
        type: task
        task: inner
  inner: {flow: {ask: {type: approval, message: go?}}}
  backup:
    flow: {dump: {action: dump, input: {db: main}}}
triggers:
  nightly: {type: scheduler, cron: "0 0 3 1 1 *", task: greet, input: {name: night}}
  off: {type: scheduler, cron: "0 0 3 1 1 *", task: greet, enabled: false}
"""

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
NOWHERE = "01900000-0000-7000-8000-000000000000"

#: The endpoints of the seed page: how each is asked for.
ENDPOINTS = (
    ("GET", "/v2/jobs/{job}"),
    ("POST", "/v2/trigger/{workflow}/events"),
    ("GET", "/v2/connections"),
)

#: The fields of the page's job, with the kind of value its example has.
PATH = {
    "path_uid": ID,
    "workflow_uid": ID,
    "workflow_version_uid": ID,
    "from_step_uid": (ID, ""),
    "to_step_uid": ID,
    "name": "",
    "description": "",
    "created_at": TIME,
    "updated_at": TIME,
}
JOB = {
    "job_id": ID,
    "type": "active",
    "workflow_uid": ID,
    "version_uid": ID,
    "group_id": ID,
    "name": str,
    "status": str,
    "created_at": TIME,
    "ended_at": (TIME, None),
    "updated_at": TIME,
    "context": {
        "data": dict,
        "stack": [{"parent_step_uid": (ID, ""), "parent_step_name": str, "loop_index": int}],
    },
    "traversed_paths": [PATH],
    "potential_next_paths": [PATH],
    "next_step_uids": [ID],
    "time_spent": float,
    "investigation_id": "",
    "viewed_by_id": None,
    "owned_by_id": None,
    "is_rerunnable": bool,
    "errors": (None, [dict]),
}
FAILED = {"failed_step_id": int, "failed_step_name": str}


def fits(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, tuple):
        return any(fits(value, one) for one in wanted)
    if isinstance(wanted, dict):
        return (
            isinstance(value, dict) and list(value) == list(wanted) and all(fits(value[k], wanted[k]) for k in wanted)
        )
    if isinstance(wanted, list):
        return isinstance(value, list) and all(fits(one, wanted[0]) for one in value)
    if isinstance(wanted, re.Pattern):
        return isinstance(value, str) and wanted.fullmatch(value) is not None
    if isinstance(wanted, type):
        return isinstance(value, wanted)
    return value == wanted and type(value) is type(wanted)


@pytest.fixture
def server(serve: Callable[..., Running]) -> Running:
    return serve(DEFINITIONS)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def workflow(server: Running, name: str) -> str:
    listed = server.get("/v2/workflows?status=active&minimum=true").json["workflows"]
    return next(one["workflow_uid"] for one in listed if one["name"] == name)


def start(server: Running, task: str, given: dict[str, Any] | None = None) -> str:
    reply = server.post(f"/v2/workflows/{workflow(server, task)}/events", given or {})
    assert reply.status == 200, reply
    assert reply.json["message"] == "event published to queue"
    assert reply.json["job_url"] == f"{server.url}/v2/jobs/{reply.json['job_id']}"
    return reply.json["job_id"]


def job(server: Running, job_id: str) -> dict[str, Any]:
    reply = server.get(f"/v2/jobs/{job_id}")
    assert reply.status == 200, reply
    return reply.json


def ended(server: Running, task: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
    job_id = start(server, task, given)
    server.finished(job_id)
    return job(server, job_id)


def waiting(server: Running, job_id: str, step: str = "ask") -> None:
    server.until(job_id, lambda job: step in job.steps and job.steps[step].status is StepStatus.SUSPENDED)


def steps(server: Running, found: dict[str, Any]) -> dict[str, str]:
    """Uid -> name."""
    return {step["step_uid"]: step["name"] for step in server.get(f"/v2/jobs/{found['job_id']}/steps").json}


def edges(server: Running, found: dict[str, Any], which: str) -> list[tuple[str, str]]:
    names = {"": "", **steps(server, found)}
    return [(names[path["from_step_uid"]], names[path["to_step_uid"]]) for path in found[which]]


def test_every_endpoint_of_the_page_answers(server: Running) -> None:
    names = {"job": ended(server, "greet")["job_id"], "workflow": workflow(server, "greet")}
    for method, path in ENDPOINTS:
        reply = server.request(method, path.format_map(names), {} if method == "POST" else None)
        assert reply.status == 200, path


def test_a_job_that_failed_has_every_field_of_the_page_in_its_order(server: Running) -> None:
    found = ended(server, "broken", {"times": 2})
    wanted = dict(list(JOB.items())[:-2]) | FAILED | dict(list(JOB.items())[-2:])
    assert fits(found, wanted), found
    assert (found["status"], found["name"], found["group_id"]) == ("failed", "broken", found["job_id"])
    assert found["failed_step_name"] == "bad"
    assert found["failed_step_id"] == job(server, found["job_id"])["failed_step_id"]
    assert found["is_rerunnable"] is True
    assert [error["step_name"] for error in found["errors"]] == ["tolerated", "bad"]
    data = found["context"]["data"]
    assert data["$id"] == found["job_id"]
    assert data["$name"] == "broken"
    assert data["$URL"] == f"{server.url}/v2/jobs/{found['job_id']}"
    assert fits(data["$created_at"], TIME)
    assert data["$start_message"] == {"times": 2}
    assert data["broken"] == {"times": 2, "$success": True}
    assert data["bad"] == {"$success": False}
    assert data["good"] == {"$success": True}
    assert "last" not in data
    assert found["context"]["stack"] == [{"parent_step_uid": "", "parent_step_name": "", "loop_index": -1}]
    assert found["next_step_uids"] == []
    assert 0 < found["time_spent"] < 60


def test_a_job_that_went_well_has_no_failed_step(server: Running) -> None:
    found = ended(server, "greet", {"name": "Ann", "pin": "93417"})
    assert fits(found, JOB), found
    assert (found["status"], found["errors"], found["is_rerunnable"]) == ("succeeded", None, False)
    data = found["context"]["data"]
    assert data["say"] == {"to": "Ann", "$success": True}
    assert data["quiet"] == {"$success": True}
    assert "never" not in data
    assert data["$start_message"] == {"name": "Ann", "pin": "••••••"}
    assert edges(server, found, "traversed_paths") == [("", "say"), ("say", "quiet")]
    assert found["potential_next_paths"] == []


def test_the_paths_are_those_really_taken_and_those_that_are_left(server: Running) -> None:
    job_id = start(server, "gate")
    waiting(server, job_id)
    found = job(server, job_id)
    assert fits(found, JOB), found
    assert found["status"] == "running"
    assert edges(server, found, "traversed_paths") == [("", "before"), ("before", "ask")]
    assert edges(server, found, "potential_next_paths") == [("ask", "after"), ("ask", "other"), ("before", "other")]
    server.post(f"/api/jobs/{job_id}/steps/ask/approve", {})
    server.finished(job_id)
    found = job(server, job_id)
    assert edges(server, found, "traversed_paths") == [
        *(("", "before"), ("before", "ask"), ("ask", "after"), ("ask", "other"), ("before", "other")),
    ]
    assert found["potential_next_paths"] == []


def test_after_a_failure_what_would_follow_is_left(server: Running) -> None:
    found = ended(server, "broken")
    assert edges(server, found, "potential_next_paths") == [("bad", "last")]
    taken = edges(server, found, "traversed_paths")
    assert taken[0] == ("", "good")
    assert set(taken) == {("", "good"), ("good", "tolerated"), ("good", "bad"), ("tolerated", "anyway")}


def test_what_has_not_begun_is_all_ahead_and_what_is_ready_is_next(serve: Callable[..., Running]) -> None:
    server = serve(DEFINITIONS, {"worker": {"slots": 0}})
    job_id = start(server, "gate")
    server.until(job_id, lambda job: job.steps["before"].status is StepStatus.READY)
    found = job(server, job_id)
    names = steps(server, found)
    assert [names[uid] for uid in found["next_step_uids"]] == ["before"]
    assert edges(server, found, "traversed_paths") == [("", "before")]
    assert ("before", "ask") in edges(server, found, "potential_next_paths")
    assert found["time_spent"] == 0


def test_inside_a_loop_the_stack_tells_which_turn_it_is(server: Running) -> None:
    job_id = start(server, "looping")
    for index in range(3):
        waiting(server, job_id, f"turn[{index}]")
        found = job(server, job_id)
        names = steps(server, found)
        bottom, loop = found["context"]["stack"]
        assert bottom["loop_index"] == -1
        assert (loop["parent_step_name"], loop["loop_index"]) == ("turn", index)
        assert names[loop["parent_step_uid"]] == "turn"
        server.post(f"/api/jobs/{job_id}/steps/{quote(f'turn[{index}]')}/approve", {})
    server.finished(job_id)
    assert len(job(server, job_id)["context"]["stack"]) == 1
    listed = server.get(f"/v2/jobs/{job_id}/steps").json
    assert [(step["name"], step["loop_index"]) for step in listed] == [
        *(("turn", -1), ("turn[0]", 0), ("turn[1]", 1), ("turn[2]", 2)),
    ]


def test_a_child_of_a_loop_stands_in_the_loop_of_its_parent(server: Running) -> None:
    parent = start(server, "nesting")
    run = server.until(parent, lambda job: "around[0]" in job.steps and job.steps["around[0]"].child_job_id)
    child = run.steps["around[0]"].child_job_id
    waiting(server, child)
    frames = job(server, child)["context"]["stack"]
    assert [(frame["parent_step_name"], frame["loop_index"]) for frame in frames] == [("", -1), ("around", 0)]
    assert frames[1] == job(server, parent)["context"]["stack"][1]


def test_a_retried_job_says_so_and_the_chain_is_one_group(server: Running) -> None:
    first = ended(server, "broken")["job_id"]
    second = server.post(f"/api/jobs/{first}/retry", {}).json["job_id"]
    server.finished(second)
    third = server.post(f"/api/jobs/{second}/retry", {}).json["job_id"]
    server.finished(third)
    found = {name: job(server, id) for name, id in (("first", first), ("second", second), ("third", third))}
    assert [one["status"] for one in found.values()] == ["retried", "retried", "failed"]
    assert {one["group_id"] for one in found.values()} == {first}
    assert len({one["failed_step_id"] for one in found.values()}) == 3
    ran = server.get(f"/api/jobs/{second}/steps").json
    assert moment(ran[0]["completed_at"]) < moment(found["second"]["created_at"])  # it was carried over
    lengths = [moment(one["ended_at"]) - moment(one["created_at"]) for one in found.values()]
    assert all(
        one["time_spent"] <= length.total_seconds() + 0.002 for one, length in zip(found.values(), lengths, strict=True)
    )
    listed = lambda status: [one["job_id"] for one in server.get(f"/v2/jobs?status={status}").json["jobs"]]  # noqa: E731
    assert listed("retried") == [second, first]
    assert listed("failed") == [third]
    assert listed("succeeded") == []


def test_jobs_are_listed_whole_newest_first_and_in_pages(server: Running) -> None:
    ids = [ended(server, "greet")["job_id"] for _ in range(3)]
    gate = start(server, "gate")
    waiting(server, gate)
    page = lambda **query: [one["job_id"] for one in server.get(f"/v2/jobs?{urlencode(query, True)}").json["jobs"]]  # noqa: E731
    assert page() == [gate, *ids[::-1]]
    assert page(desc=["created_at", "job_id"], limit=50, offset=0) == [gate, *ids[::-1]]  # so its client asks
    assert page(desc="job_id") == page(desc=["updated_at", "job_id"]) == [gate, *ids[::-1]]
    assert page(desc="ended_at") == [*ids[::-1], gate]
    assert page(desc="true", limit=1) == [gate]
    assert page(desc="true", limit=2, offset=1) == ids[:0:-1]
    assert page(desc="false", limit=2) == ids[:2]
    assert page(status="running") == [gate]
    assert page(status="succeeded", limit=1000000) == ids[::-1]
    assert page(status="queued") == page(status="cancelled") == page(status="failed") == []
    assert server.get("/v2/jobs").json["jobs"][0] == job(server, gate)


@pytest.mark.parametrize("query", ["status=completed", "limit=many", "limit=-1", "limit=%C2%B2", "offset=x"])
def test_a_wrong_query_is_refused(shared: Running, query: str) -> None:
    refused(shared.get(f"/v2/jobs?{query}"), 400, "BAD_REQUEST")


def refused(reply: Reply, status: int, word: str) -> None:
    assert (reply.status, reply.json["status"]) == (status, word), reply
    assert set(reply.json) == {"message", "status"}


def test_workflows_are_listed_short_or_whole(server: Running) -> None:
    short = server.get("/v2/workflows?status=active&minimum=true").json["workflows"]
    assert [set(one) for one in short] == [{"name", "workflow_uid"}] * 7
    assert len({one["workflow_uid"] for one in short}) == 7
    whole = {one["name"]: one for one in server.get("/v2/workflows").json["workflows"]}
    assert whole["greet"]["description"] == "Says hello"
    assert [step["name"] for step in whole["greet"]["steps"]] == ["say", "quiet", "never"]
    assert server.get("/v2/workflows?status=inactive").json == {"workflows": []}
    found = ended(server, "greet")
    assert found["version_uid"] == whole["greet"]["version_uid"]
    assert [step["step_uid"] for step in whole["greet"]["steps"]] == list(steps(server, found))


def test_a_version_is_another_once_the_task_is(server: Running) -> None:
    before = ended(server, "greet")
    server.write(DEFINITIONS.replace("Says hello", "Says more"))
    assert server.refresh()
    after = ended(server, "greet")
    assert before["version_uid"] != after["version_uid"]
    assert before["workflow_uid"] == after["workflow_uid"]
    assert job(server, before["job_id"])["version_uid"] == before["version_uid"]


@pytest.mark.parametrize("name", ["greet", "default/greet", "default%2Fgreet", "uid"])
def test_a_workflow_goes_by_several_names(server: Running, name: str) -> None:
    name = workflow(server, "greet") if name == "uid" else name
    for kind in ("workflows", "trigger"):
        assert server.post(f"/v2/{kind}/{name}/events", {"name": "Ann"}).status == 200
    for found in server.get("/v2/jobs").json["jobs"]:
        assert found["context"]["data"]["$start_message"]["name"] == "Ann"


@pytest.mark.parametrize("media", ["application/x-www-form-urlencoded", "text/plain", "application/json", ""])
def test_a_body_is_json_under_any_content_type(server: Running, media: str) -> None:
    headers = {"Content-Type": media}
    reply = server.request("POST", "/v2/workflows/greet/events", raw=b'{"name": "Ann"}', headers=headers)
    assert reply.status == 200
    assert job(server, reply.json["job_id"])["context"]["data"]["$start_message"]["name"] == "Ann"


def test_a_trigger_fires_with_the_body_over_its_input(server: Running) -> None:
    reply = server.post("/v2/trigger/default/nightly/events", {})
    assert (reply.status, reply.json) == (200, {"message": "trigger event published to queue"})
    server.post("/v2/trigger/nightly/events", {"name": "Ann"})
    newest, before = server.get("/v2/jobs").json["jobs"]
    assert [one["context"]["data"]["$start_message"]["name"] for one in (before, newest)] == ["night", "Ann"]
    events = server.get("/api/workspaces/default/triggers/nightly/events").json
    assert [event["job_id"] for event in events] == [newest["job_id"], before["job_id"]]
    refused(server.post("/v2/trigger/off/events", {}), 409, "CONFLICT")


def test_what_cannot_be_started_is_refused_in_words(server: Running) -> None:
    refused(server.post("/v2/workflows/nothing/events", {}), 404, "NOT_FOUND")
    refused(server.post("/v2/workflows/greet/events", {"unknown": 1}), 400, "BAD_REQUEST")
    refused(server.post("/v2/workflows/greet/events", [1]), 400, "BAD_REQUEST")
    refused(server.request("POST", "/v2/workflows/greet/events", raw=b"{"), 400, "BAD_REQUEST")
    refused(server.post(f"/v2/trigger/{NOWHERE}/events", {}), 404, "NOT_FOUND")
    refused(server.get(f"/v2/jobs/{NOWHERE}"), 404, "NOT_FOUND")
    refused(server.get("/v2/jobs/no-such-job/steps"), 404, "NOT_FOUND")
    refused(server.get("/v2/nothing"), 404, "NOT_FOUND")
    refused(server.post("/v2/jobs", {}), 405, "METHOD_NOT_ALLOWED")


def test_the_same_key_starts_one_job(server: Running) -> None:
    same = [server.post("/v2/workflows/greet/events", {}, {"Idempotency-Key": "k"}).json["job_id"] for _ in range(2)]
    assert same[0] == same[1]


def test_connections_are_shown_without_their_secrets(server: Running) -> None:
    main, spare = server.get("/v2/connections").json["connections"]
    assert fits(main["connection_uid"], ID)
    assert (main["name"], main["type"]) == ("main", "database")
    assert main["parameters"] == {"host": "db.example.com", "password": "••••••"}
    assert [one["name"] for one in main["workflows"]] == ["backup"]
    assert main["workflows"][0]["workflow_uid"] == workflow(server, "backup")
    assert spare["workflows"] == []


def test_an_open_server_has_no_users_and_takes_any_session(server: Running) -> None:
    assert server.get("/v2/users").json == {"users": []}
    reply = server.post("/v2/sessions", {"user_name": "x", "user_secret": "y"})
    assert reply.status == 200
    assert server.get("/v2/jobs", {"Authorization": f"Bearer {reply.json['token']}"}).status == 200
    refused(server.post("/v2/sessions", {"user_name": "x"}), 400, "BAD_REQUEST")


ROOT, PASSWORD = "root@example.com", "correct horse battery"
AUTH = {
    "auth": {"anonymous": "none", "initial_user": {"email": ROOT, "password": PASSWORD}},
    "permissions": [
        {"action": "run", "tasks": ["greet"], "api_keys": ["ci"]},
        {"action": "view", "tasks": ["gate"], "api_keys": ["ci"]},
    ],
}


@pytest.fixture
def guarded(serve: Callable[..., Running]) -> Running:
    return serve(DEFINITIONS, AUTH)


def session(server: Running, name: str, secret: str) -> Reply:
    return server.post("/v2/sessions", {"user_name": name, "user_secret": secret})


def test_a_session_is_for_the_header_and_for_the_cookie(guarded: Running) -> None:
    refused(guarded.get("/v2/jobs"), 401, "UNAUTHORIZED")
    token = session(guarded, ROOT.upper(), PASSWORD).json["token"]
    for headers in ({"Authorization": f"Bearer {token}"}, {"Authorization": token}, {"Cookie": f"jwt={token}"}):
        assert guarded.get("/v2/jobs", headers).status == 200
    [user] = guarded.get("/v2/users", {"Cookie": f"jwt={token}"}).json["users"]
    assert (user["email"], user["role_name"], user["status"]) == (ROOT, "administrator", "active")
    refused(guarded.get("/v2/jobs", {"Cookie": "jwt=garbage"}), 401, "UNAUTHORIZED")


def test_a_key_signs_in_by_its_name_and_may_what_it_may(guarded: Running) -> None:
    root = {"Authorization": f"Bearer {session(guarded, ROOT, PASSWORD).json['token']}"}
    key = guarded.post("/api/auth/api-keys", {"name": "ci", "standalone": True}, root).json["key"]
    gate = guarded.post("/v2/workflows/gate/events", {}, root).json["job_id"]
    inner = guarded.post("/v2/workflows/inner/events", {}, root).json["job_id"]
    refused(session(guarded, "other", key), 401, "UNAUTHORIZED")
    ci = {"Cookie": f"jwt={session(guarded, 'ci', key).json['token']}"}
    assert [one["name"] for one in guarded.get("/v2/workflows", ci).json["workflows"]] == ["greet", "gate"]
    assert guarded.post("/v2/workflows/greet/events", {}, ci).status == 200
    assert guarded.post("/v2/trigger/nightly/events", {}, ci).status == 200
    denied = guarded.post("/v2/workflows/gate/events", {}, ci)
    assert denied.status == 403
    assert denied.json == {"message": DENIED, "status": "ACCESS_DENIED"}
    assert guarded.get(f"/v2/jobs/{gate}", ci).status == 200
    refused(guarded.get(f"/v2/jobs/{inner}", ci), 404, "NOT_FOUND")
    refused(guarded.post("/v2/workflows/inner/events", {}, ci), 404, "NOT_FOUND")
    assert {one["name"] for one in guarded.get("/v2/jobs", ci).json["jobs"]} == {"greet", "gate"}
    assert guarded.get("/v2/users", ci).json == {"users": []}
    trail = guarded.get("/api/audit?limit=50", root).json
    assert {"login.succeeded", "login.failed"} <= {event["what"] for event in trail}


def test_guessing_is_slowed_down_as_it_is_elsewhere(guarded: Running) -> None:
    for _ in range(10):
        refused(session(guarded, ROOT, "wrong"), 401, "UNAUTHORIZED")
    reply = session(guarded, ROOT, PASSWORD)
    refused(reply, 429, "TOO_MANY_REQUESTS")
    assert int(reply.headers["Retry-After"]) >= 1
    assert guarded.post("/api/auth/login", {"email": ROOT, "password": PASSWORD}).status == 429


def test_a_job_that_a_person_starts_is_theirs_and_one_that_a_key_starts_is_not(guarded: Running) -> None:
    root = {"Authorization": f"Bearer {session(guarded, ROOT, PASSWORD).json['token']}"}
    key = guarded.post("/api/auth/api-keys", {"name": "mine"}, root).json["key"]
    for headers, source in ((root, ("user", ROOT)), ({"Authorization": key}, ("api", None))):
        id = guarded.post("/v2/workflows/greet/events", {}, headers).json["job_id"]
        job = guarded.get(f"/api/jobs/{id}", root).json
        assert (job["source_type"], job["source_id"]) == source
