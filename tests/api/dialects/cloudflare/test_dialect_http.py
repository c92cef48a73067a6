"""Cloudflare Workflows without its client: the seed page line by line, and what only other clients send."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import Running

from gitflow.api.dialects.cloudflare.dialect import MOUNTS, TABLE
from gitflow.core.status import StepStatus

DEFINITIONS = """\
tasks:
  greet:
    input: {name: {type: string, default: World}}
    flow: {say: {type: shell, cmd: "true"}}
  gate:
    flow:
      wait: {type: wait, event: go}
      after: {type: shell, cmd: "true", depends_on: [wait]}
  stubborn:
    input: {file: {type: string, default: nothing}}
    flow: {hold: {type: shell, cmd: "trap '' TERM; until [ -e {{ input.file }} ]; do sleep 0.02; done", grace: 60}}
  sleeper:
    flow: {hold: {type: shell, cmd: exec sleep 600}}
triggers:
  often: {type: scheduler, cron: "0 0 3 1 1 *", task: greet}
"""
V4 = "/client/v4/accounts/default/workflows"

#: The fields of the seed page, with the types of its example; "!" marks those that may be null here.
WORKFLOW = (
    "class_name:str created_on:str id:str instances:dict modified_on:str name:str script_name:str triggered_on:str!"
)
COUNTS = "complete:int errored:int paused:int queued:int running:int terminated:int waiting:int waitingForPause:int"
PUT = (
    "class_name:str created_on:str id:str is_deleted:int modified_on:str name:str script_name:str "
    "terminator_running:int triggered_on:str! version_id:str"
)
SHORT = "id:str status:str version_id:str workflow_id:str"
LISTED = "created_on:str ended_on:str! id:str modified_on:str started_on:str! status:str version_id:str workflow_id:str"
DETAIL = (
    "end:str! error:dict! output:str params:dict queued:str start:str! status:str steps:list success:bool! "
    "trigger:dict versionId:str"
)
VERSION = "class_name:str created_on:str has_dag:bool id:str modified_on:str workflow_id:str"
DAG = "class_name:str created_on:str dag:dict id:str modified_on:str workflow_id:str"

#: Every endpoint of the seed page: method, path behind the account, body, fields of its result (of each item).
PAGE: tuple[tuple[str, str, Any, str], ...] = (
    ("GET", "", None, WORKFLOW),
    ("PUT", "/gate", {"class_name": "gate", "script_name": ".workflows/a.yaml"}, PUT),
    ("GET", "/gate", None, WORKFLOW),
    ("POST", "/gate/instances", {"params": "{}"}, SHORT),
    ("GET", "/gate/instances", None, LISTED),
    ("POST", "/gate/instances/batch", [{"params": "{}"}, {"instance_id": "other"}], SHORT),
    ("POST", "/gate/instances/batch/terminate", ["other"], "instancesTerminated:int status:str"),
    ("GET", "/gate/instances/terminate", None, "status:str"),
    ("GET", "/gate/instances/mine", None, DETAIL),
    ("POST", "/gate/instances/mine/events/go", {"any": "thing"}, ""),
    ("PATCH", "/gate/instances/mine/status", {"status": "restart"}, "status:str timestamp:str"),
    ("GET", "/gate/versions", None, VERSION),
    ("GET", "/gate/versions/{version}", None, VERSION),
    ("GET", "/gate/versions/{version}/dag", None, DAG),
    ("GET", "/gate/versions/{version}/graph", None, DAG),
    ("DELETE", "/gate", None, "status:str success:bool"),
)
TYPES: dict[str, type] = {"str": str, "int": int, "dict": dict, "list": list, "bool": bool}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NOWHERE = "0190c0de-0000-7000-8000-000000000000"


@pytest.fixture
def own(serve: Callable[..., Running]) -> Running:
    """A server that the test may change."""
    return serve(DEFINITIONS)


@pytest.fixture
def server(without_instances: Running) -> Running:
    return without_instances


def fits(found: Any, fields: str) -> None:
    for field in fields.split():
        name, _, kind = field.partition(":")
        assert name in found, name
        value = found[name]
        assert (value is None and kind.endswith("!")) or isinstance(value, TYPES[kind.rstrip("!")]), (name, value)
        if isinstance(value, str) and name.endswith(("_on", "queued", "start", "end", "timestamp")):
            assert TIME.fullmatch(value), (name, value)


def make(server: Running, task: str = "gate", **body: Any) -> str:
    reply = server.post(f"{V4}/{task}/instances", body)
    assert reply.status == 200, reply
    return reply.json["result"]["id"]


def job_of(server: Running, id: str, task: str = "gate") -> str:
    return server.get(f"{V4}/{task}/instances/{id}").json["result"]["job_id"]


def states(server: Running, task: str = "gate") -> dict[str, str]:
    return {one["id"]: one["status"] for one in server.get(f"{V4}/{task}/instances").json["result"]}


# The seed page


@pytest.mark.parametrize("mount", ["/accounts/default/workflows", V4])
def test_every_endpoint_of_the_page_answers_as_it_says(server: Running, mount: str) -> None:
    make(server, instance_id="mine")
    version = server.get(f"{mount}/gate/versions").json["result"][0]["id"]
    for method, path, body, fields in PAGE:
        reply = server.request(method, mount + path.replace("{version}", version), body)
        envelope = reply.json
        assert reply.status == 200, (method, path, reply)
        assert (envelope["success"], envelope["errors"]) == (True, []), path
        assert isinstance(envelope["messages"], list)
        result = envelope["result"]
        for one in result if isinstance(result, list) else [result]:
            fits(one, fields)
            if "instances" in one and isinstance(one["instances"], dict):
                fits(one["instances"], COUNTS)
        assert not isinstance(result, list) or result, path


@pytest.mark.parametrize(("method", "path", "body", "fields"), PAGE, ids=[f"{one[0]} {one[1]}" for one in PAGE])
def test_every_endpoint_of_the_page_refuses_as_it_says(
    shared: Running, method: str, path: str, body: Any, fields: str
) -> None:
    wrong = path.replace("/gate", "/nothing", 1).replace("{version}", NOWHERE)
    reply = shared.request(method, V4 + wrong if wrong else V4.replace("default", "nowhere"), body)
    assert reply.status == (400 if method == "PUT" else 404)
    refused = reply.json
    assert (refused["success"], refused["messages"], refused["result"]) == (False, [], None)
    [fault] = refused["errors"]
    assert fault["code"] == {"PUT": 10002}.get(method, 10200 if wrong else 7003)
    assert isinstance(fault["message"], str)


def test_every_endpoint_of_the_page_is_in_the_table() -> None:
    known = {(method, path.replace("/accounts/{account_id}/workflows", "")) for method, path, *_ in TABLE}
    for method, path, *_ in PAGE:
        generic = path.replace("/gate", "/{workflow_name}", 1).replace("mine", "{instance_id}")
        generic = generic.replace("/events/go", "/events/{event_type}").replace("{version}", "{version_id}")
        assert (method, generic) in known


def test_a_workflow_without_a_good_revision_has_no_versions(serve: Callable[..., Running]) -> None:
    server = serve("tasks: {broken: {flow: {a: {type: nonsense}}}}")
    for path in ("", "/broken", "/broken/versions", "/broken/instances"):
        reply = server.get(V4 + path)
        assert reply.status == 400
        assert "Workflow has no deployed versions" in reply.json["errors"][0]["message"]
        assert ".workflows/a.yaml:1" in reply.json["errors"][0]["message"]


def test_an_errored_instance_has_the_error_of_the_page(serve: Callable[..., Running]) -> None:
    server = serve("tasks: {bad: {flow: {a: {type: shell, cmd: exit 3}}}}")
    id = make(server, "bad")
    server.finished(id)
    found = server.get(f"{V4}/bad/instances/{id}").json["result"]
    fits(found, DETAIL)
    fits(found["error"], "message:str name:str")
    assert (found["status"], found["success"]) == ("errored", False)


# Envelopes and addresses


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/client/v4", 404, 7003),
        ("GET", "/client/v4/user/tokens/verify", 404, 7003),
        ("GET", "/accounts/default", 200, None),
        ("GET", "/accounts/default/queues", 404, 7003),
        ("GET", "/accounts/nowhere", 404, 7003),
        ("POST", V4, 405, 7001),
        ("DELETE", f"{V4}/greet/instances/terminate", 405, 7001),
        ("PATCH", f"{V4}/greet", 405, 7001),
        ("GET", f"{V4}/%FF", 400, 10002),
    ],
)
def test_every_answer_has_an_envelope(shared: Running, method: str, path: str, status: int, code: int | None) -> None:
    reply = shared.request(method, path)
    assert reply.status == status
    assert reply.json["success"] is (code is None)
    assert [fault["code"] for fault in reply.json["errors"]] == ([] if code is None else [code])


@pytest.mark.parametrize("path", [V4 + "/", V4.replace("/client/v4/", "/client/v4//"), V4.replace("/wor", "//wor")])
def test_addresses_that_are_joined_carelessly_lead_there(shared: Running, path: str) -> None:
    assert [one["name"] for one in shared.get(path).json["result"]] == ["greet", "gate", "stubborn", "sleeper"]


@pytest.mark.parametrize("path", ["/accounts", "/memberships", "/client/v4/accounts", "/client/v4/memberships"])
def test_accounts_and_memberships_are_paged(shared: Running, path: str) -> None:
    [one] = shared.get(f"{path}?page=1").json["result"]
    assert one.get("account", one)["id"] == "default"
    assert shared.get(f"{path}?page=2").json["result"] == []
    assert shared.get(f"{path}?name=other").json["result"] == []
    assert shared.get(f"{path}?page=1").json["result_info"]["total_count"] == 1


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 200, b'{"status": NaN}'])
def test_a_body_that_is_no_json_is_refused_in_an_envelope(shared: Running, body: bytes) -> None:
    for method, path in (
        ("POST", "/gate/instances"),
        ("POST", "/gate/instances/batch"),
        ("POST", "/gate/instances/batch/terminate"),
        ("POST", "/gate/instances/batch/delete"),
        ("PUT", "/gate"),
        ("PATCH", "/settings"),
    ):
        reply = shared.request(method, V4 + path, raw=body)
        assert (reply.status, reply.json["errors"][0]["code"]) == (400, 10002), path


# Many at once


def test_a_batch_is_terminated(server: Running) -> None:
    for id in ("a", "b", "c"):
        make(server, instance_id=id)
    reply = server.post(f"{V4}/gate/instances/batch/terminate", ["a", "b", "b", "nothing"])
    assert reply.json["result"] == {"status": "ok", "instancesTerminated": 2}
    assert states(server) == {"a": "terminated", "b": "terminated", "c": "waiting"}
    again = server.post(f"{V4}/gate/instances/batch/terminate", ["a", "b"])
    assert again.json["result"] == {"status": "ok", "instancesTerminated": 0}
    for wrong in ([], ["a"] * 101, [1], {"ids": ["a"]}, None):
        assert server.post(f"{V4}/gate/instances/batch/terminate", wrong).status == 400


def test_a_batch_is_deleted_and_each_that_is_not_tells_why(server: Running) -> None:
    for id in ("a", "b"):
        make(server, instance_id=id)
    server.post(f"{V4}/gate/instances/batch/terminate", ["a"])
    reply = server.post(f"{V4}/gate/instances/batch/delete", {"instances": ["a", "b", "a", "nothing"]})
    result = reply.json["result"]
    assert result["deleted"] == [{"id": "a"}]
    assert [(one["id"], one["code"]) for one in result["errors"]] == [("b", 10409), ("nothing", 10400)]
    assert states(server) == {"b": "waiting"}
    one = server.request("DELETE", f"{V4}/gate/instances/b")
    assert (one.status, one.headers["x-should-retry"]) == (409, "false")


def waits_for_the_end(server: Running, task: str = "gate") -> None:
    """A look at the status commits nothing, so there is nothing to await: it is asked until it says so."""
    for _ in range(2000):
        if server.get(f"{V4}/{task}/instances/terminate").json["result"] == {"status": "not_running"}:
            return
    raise AssertionError("it goes on")


def test_all_are_terminated_in_the_background(server: Running) -> None:
    for id in ("a", "b", "c"):
        make(server, instance_id=id)
    assert server.get(f"{V4}/gate/instances/terminate").json["result"] == {"status": "not_running"}
    assert server.request("PUT", f"{V4}/gate/instances/terminate").json["result"] == {"status": "ok"}
    waits_for_the_end(server)
    assert set(states(server).values()) == {"terminated"}


def test_while_all_are_terminated_nobody_else_begins_that(server: Running, tmp_path: Path) -> None:
    id = make(server, "stubborn", params={"file": str(tmp_path / "let-go")})
    server.until(id, lambda job: job.steps["hold"].status is StepStatus.RUNNING)
    asks = [server.request("PUT", f"{V4}/stubborn/instances/terminate").json["result"] for _ in range(2)]
    assert asks == [{"status": "ok"}, {"status": "already_running"}]
    assert server.get(f"{V4}/stubborn/instances/terminate").json["result"] == {"status": "running"}
    put = {"class_name": "stubborn", "script_name": ".workflows/a.yaml"}
    assert server.request("PUT", f"{V4}/stubborn", put).json["result"]["terminator_running"] == 1
    batch = server.post(f"{V4}/stubborn/instances/batch/terminate", [id])
    assert batch.json["result"] == {"status": "already_running", "instancesTerminated": 0}
    later = make(server, "stubborn", params={"file": str(tmp_path / "later")})
    (tmp_path / "let-go").touch()
    waits_for_the_end(server, "stubborn")
    assert states(server, "stubborn") == {later: "running", id: "terminated"}
    (tmp_path / "later").touch()
    server.finished(later)


def test_only_those_in_one_state_are_terminated(server: Running) -> None:
    for id in ("a", "b"):
        job_id = job_of(server, make(server, instance_id=id))
        server.until(job_id, lambda job: job.steps["wait"].status is StepStatus.SUSPENDED)
    server.request("PATCH", f"{V4}/gate/instances/a/status", {"status": "pause"})
    assert server.request("PUT", f"{V4}/gate/instances/terminate?status=paused").json["result"] == {"status": "ok"}
    waits_for_the_end(server)
    assert states(server) == {"a": "terminated", "b": "waiting"}
    assert server.request("PUT", f"{V4}/gate/instances/terminate?status=complete").status == 400


def test_those_that_wait_are_paged_by_cursors_too(server: Running) -> None:
    for id in ("a", "b", "c"):
        job_id = job_of(server, make(server, instance_id=id))
        server.until(job_id, lambda job: job.steps["wait"].status is StepStatus.SUSPENDED)
    for direction, expected in (("desc", ["c", "b", "a"]), ("asc", ["a", "b", "c"])):
        seen, cursor = [], ""
        while cursor is not None and len(seen) < 9:
            query = f"status=waiting&per_page=2&direction={direction}&cursor={cursor}"
            page = server.get(f"{V4}/gate/instances?{query}").json
            seen += [one["id"] for one in page["result"]]
            cursor = page["result_info"].get("cursor")
        assert seen == expected


def test_an_ending_that_was_going_on_goes_on_in_the_next_server(own: Running, serve: Any) -> None:
    from gitflow.stores.protocols.instances import MassEnding

    make(own, instance_id="a")
    store = own.service.app.opened.stores.instances
    at = own.service.app.opened.clock.now()
    own.service.commit_queue.submit(lambda turn: store.begin_ending(MassEnding("default", "gate", at, "Ann"))).result(
        20
    )
    own.stop()
    own = serve(DEFINITIONS)
    waits_for_the_end(own)
    assert states(own) == {"a": "terminated"}


# What is fixed elsewhere


def test_settings_are_shown_and_not_changed(server: Running) -> None:
    kept = server.get(f"{V4}/settings").json["result"]
    days = 90 * 86_400_000
    assert kept == {"default_retention": {"success_retention": days, "error_retention": days}}
    same = {"default_retention": {"success_retention": "90 days"}}
    assert server.request("PATCH", f"{V4}/settings", same).json["result"] == kept
    for other in ({"default_retention": {"error_retention": 5}}, {"default_retention": {"other": 5}}, {}, []):
        reply = server.request("PATCH", f"{V4}/settings", other)
        assert (reply.status, reply.json["errors"][0]["code"]) == (400, 10002)


def test_a_confirmed_workflow_lists_the_fields_that_were_ignored(server: Running) -> None:
    body = {"class_name": "gate", "script_name": ".workflows/a.yaml", "schedules": [{"cron": "* * * * *"}]}
    reply = server.request("PUT", f"{V4}/gate", body)
    assert [message["message"].split()[0] for message in reply.json["messages"]] == ["schedules"]
    for wrong in ({}, {"class_name": "gate"}, {**body, "script_name": "other.yaml"}, {**body, "class_name": "x" * 256}):
        assert server.request("PUT", f"{V4}/gate", wrong).status == 400


def test_jobs_made_elsewhere_are_instances_too(server: Running) -> None:
    job_id = server.execute("greet", {"name": "Ann"})
    server.finished(job_id)
    fired = server.post("/api/workspaces/default/triggers/often/fire", {}).json["job_id"]
    server.finished(fired)
    assert list(states(server, "greet")) == [fired, job_id]
    found = server.get(f"{V4}/greet/instances/{job_id}").json["result"]
    assert (found["params"], found["trigger"]) == ({"name": "Ann"}, {"source": "api"})
    by_clock = server.get(f"{V4}/greet/instances/{fired}").json["result"]
    assert by_clock["trigger"] == {"source": "cron"}
    assert by_clock["schedule"]["cron"] == "0 0 3 1 1 *"
    assert server.get(f"/api/jobs/{make(server, 'greet')}").status == 200


def test_instances_outlive_their_definition(own: Running) -> None:
    id = make(own, instance_id="mine")
    own.write("tasks: {greet: {flow: {say: {type: shell, cmd: 'true'}}}}\n")
    own.refresh()
    assert own.get(f"{V4}/gate").status == 404
    assert states(own) == {id: "waiting"}
    assert own.request("PATCH", f"{V4}/gate/instances/mine/status", {"status": "terminate"}).status == 200
    assert own.request("DELETE", f"{V4}/gate").json["result"]["status"] == "ok"
    assert own.get(f"{V4}/gate/instances").status == 404


def test_what_is_paused_while_a_step_runs_waits_for_it(server: Running) -> None:
    id = make(server, "sleeper")
    server.until(id, lambda job: job.steps["hold"].status is StepStatus.RUNNING)
    path = f"{V4}/sleeper/instances"
    assert server.request("PATCH", f"{path}/{id}/status", {"status": "pause"}).json["result"]["status"] == (
        "waitingForPause"
    )
    assert [one["id"] for one in server.get(f"{path}?status=waitingForPause").json["result"]] == [id]
    assert server.get(f"{V4}/sleeper").json["result"]["instances"]["waitingForPause"] == 1
    resumed = server.request("PATCH", f"{path}/{id}/status", {"status": "resume"})
    assert resumed.json["result"]["status"] == "running"
    assert server.request("PATCH", f"{path}/{id}/status", {"status": "terminate"}).json["result"]["status"] == (
        "terminated"
    )


def test_the_same_event_said_twice_is_one(server: Running) -> None:
    id = make(server)
    for _ in range(2):
        reply = server.post(f"{V4}/gate/instances/{id}/events/other", {}, {"Idempotency-Key": "k"})
        assert reply.status == 200
    job = server.service.app.orchestrator.job(id)
    assert job is not None
    assert len(job.sent_events) == 1
    assert server.post(f"{V4}/gate/instances/{id}/events/{'x' * 101}", {}).status == 400
    assert server.request("POST", f"{V4}/gate/instances/{id}/events/more", raw=b"").status == 200


# Versions


@pytest.fixture
def repository(tmp_path: Path) -> Callable[..., None]:
    """``repository(text)`` commits the definitions."""
    folder = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)

    def commit(text: str) -> None:
        (folder / ".workflows").mkdir(exist_ok=True)
        (folder / ".workflows" / "a.yaml").write_text(text)
        subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
        subprocess.run(["git", "commit", "-qm", "change"], cwd=folder, check=True)

    commit.folder = folder  # type: ignore[attr-defined]
    return commit


def nodes(server: Running, version: str) -> list[str]:
    """The steps of a version."""
    graph = server.get(f"{V4}/gate/versions/{version}/graph").json["result"]["graph"]
    return [node["name"] for node in graph["workflow"]["nodes"]]


def test_versions_are_commits_and_an_instance_keeps_its_own(serve: Callable[..., Running], repository: Any) -> None:
    repository(DEFINITIONS)
    git = {"type": "git", "url": f"file://{repository.folder}", "poll_interval_secs": 3600}
    server = serve(settings={"workspaces": {"default": git}})
    first = server.get(f"{V4}/gate/versions").json["result"]
    id = make(server)
    repository(DEFINITIONS.replace("after:", "later:"))
    server.refresh()
    versions = server.get(f"{V4}/gate/versions").json["result"]
    assert versions[1:] == first
    assert server.get(f"{V4}/gate/instances/{id}").json["result"]["versionId"] == first[0]["id"]
    assert server.get(f"{V4}/gate/instances/{make(server)}").json["result"]["versionId"] == versions[0]["id"]
    names = [nodes(server, one["id"]) for one in versions]
    assert names == [["wait", "later"], ["wait", "after"]]
    gate = server.get(f"{V4}/gate").json["result"]
    assert (gate["created_on"], gate["modified_on"]) == (first[0]["created_on"], versions[0]["created_on"])
    assert server.get(f"{V4}/gate/versions?per_page=1&page=2").json["result"] == first


def test_a_version_that_only_instances_remember_is_found(own: Running) -> None:
    id = make(own)
    old = own.get(f"{V4}/gate/instances/{id}").json["result"]["versionId"]
    own.write(DEFINITIONS.replace("after:", "later:"))
    own.refresh()
    assert [one["id"] for one in own.get(f"{V4}/gate/versions").json["result"]] != [old]
    assert own.get(f"{V4}/gate/versions/{old}").json["result"]["id"] == old
    assert nodes(own, old) == ["wait", "after"]


def test_a_folder_in_a_work_tree_has_the_versions_of_its_commits(
    serve: Callable[..., Running], repository: Any
) -> None:
    repository(DEFINITIONS)
    repository(DEFINITIONS.replace("after:", "later:"))
    server = serve(settings={"workspaces": {"default": {"type": "folder", "path": str(repository.folder)}}})
    versions = [one["id"] for one in server.get(f"{V4}/gate/versions").json["result"]]
    assert [nodes(server, version) for version in versions] == [["wait", "later"], ["wait", "after"]]


def test_a_version_that_was_broken_has_no_graph(serve: Callable[..., Running], repository: Any) -> None:
    repository(DEFINITIONS.replace("event: go", "evnt: go"))
    repository(DEFINITIONS)
    git = {"type": "git", "url": f"file://{repository.folder}", "poll_interval_secs": 3600}
    server = serve(settings={"workspaces": {"default": git}})
    broken = server.get(f"{V4}/gate/versions").json["result"][-1]["id"]
    found = server.get(f"{V4}/gate/versions/{broken}/graph")
    assert (found.status, found.json["result"]["dag"], found.json["result"]["graph"]) == (200, None, None)


# Who may


FIRST = {"email": "root@example.com", "password": "correct horse battery"}


def test_keys_are_sent_as_its_clients_send_them_and_go_by_the_same_rules(serve: Callable[..., Running]) -> None:
    auth = {"initial_user": FIRST, "providers": {"internal": {"provider_type": "internal"}}}
    rules = [{"action": "run", "tasks": ["gate"], "api_keys": ["gate"]}]
    server = serve(DEFINITIONS, {"auth": auth, "permissions": rules})
    token = server.post("/api/auth/login", FIRST).json["access_token"]
    root = {"Authorization": f"Bearer {token}"}
    key = server.post("/api/auth/api-keys", {"standalone": True, "name": "gate"}, root).json["key"]
    reader = server.post("/api/auth/api-keys", {"name": "reader", "scopes": ["workflows:read"]}, root).json["key"]
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"X-Auth-Email": "root@example.com"}):
        for path in (V4, "/accounts", f"{V4}/nothing"):
            reply = server.get(path, headers)
            assert (reply.status, reply.json["errors"][0]["code"]) == (401, 10000), path
            assert "Authentication error" in reply.json["errors"][0]["message"]
    for headers in (
        {"Authorization": f"Bearer {key}"},
        {"X-Auth-Key": key, "X-Auth-Email": "someone@example.com"},
        {"X-Auth-User-Service-Key": key},
    ):
        assert [one["name"] for one in server.get(V4, headers).json["result"]] == ["gate"]
        assert server.get(f"{V4}/greet", headers).json["errors"][0]["code"] == 10200
        assert server.get(f"{V4}/greet/instances/{NOWHERE}", headers).json["errors"][0]["code"] == 10200
        assert server.post(f"{V4}/gate/instances", {}, headers).status == 200
        assert server.post(f"{V4}/greet/instances", {}, headers).status == 404
        put = server.request("PUT", f"{V4}/greet", {"class_name": "greet", "script_name": "x"}, headers)
        assert "add 'greet'" in put.json["errors"][0]["message"]
    only_reads = {"X-Auth-Key": reader}
    assert server.get(f"{V4}/gate/instances", only_reads).status == 200
    for method, path, body in (
        ("POST", "/gate/instances", {}),
        ("POST", "/gate/instances/batch", [{}]),
        ("PUT", "/gate/instances/terminate", None),
        ("DELETE", "/gate", None),
    ):
        reply = server.request(method, V4 + path, body, only_reads)
        assert (reply.status, reply.json["errors"][0]["code"]) == (403, 10000), path
    trail = server.get("/api/audit", root).json
    assert ("default", "gate") in [(one["workspace"], one["subject"]) for one in trail]


def test_both_mounts_have_the_same_routes(shared: Running) -> None:
    assert MOUNTS == ("", "/client/v4")
    paths = shared.get("/openapi.json").json["paths"]
    for method, path, *_ in TABLE:
        assert method.lower() in paths[path], path
