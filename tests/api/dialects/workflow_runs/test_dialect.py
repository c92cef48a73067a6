"""The seed page of workflow runs, driven by the client that its users have: strait-python, as it is published."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from running import Running
from strait import AsyncClient, Client
from strait._errors import ApiError, ConflictError, NotFoundError, UnauthorizedError
from strait.fsm import is_terminal_workflow_run_status, transition_workflow_run
from strait.fsm._workflow import WorkflowRunEvent, WorkflowRunStatus

from gitflow.api.dialects.workflow_runs.views import DECISION_TYPE, RUN_STATUS, STEP_STATUS, TRIGGERED_BY
from gitflow.core.jobs.job import SOURCE_TYPES
from gitflow.core.status import JobStatus, StepStatus

DEFINITIONS = """\
tasks:
  greet:
    description: Says hello
    input: {name: {type: string, default: World}}
    labels: {team: a}
    max_parallel_steps: 3
    flow:
      say: {type: shell, cmd: 'echo "OUTPUT: {\\"to\\": \\"{{ input.name }}\\"}"'}
      again: {type: shell, cmd: "true", depends_on: [say]}
  gate:
    flow:
      before: {type: shell, cmd: "true"}
      ask: {type: approval, message: go on?, depends_on: [before]}
      after: {type: shell, cmd: "true", depends_on: [ask]}
  picky:
    flow: {ask: {type: approval, message: go on?, approvers: [boss]}}
  broken:
    flow:
      good: {type: shell, cmd: "true"}
      bad: {type: shell, cmd: "exit 3", depends_on: [good]}
      last: {type: shell, cmd: "true", depends_on: [bad]}
  asks-twice:
    flow:
      one: {type: approval, message: one?}
      two: {type: approval, message: two?, depends_on: [one]}
"""

#: The fields of the seed page, with the types its example has; those in brackets are left out where there is nothing.
RUN = {
    "id": str,
    "workflow_id": str,
    "project_id": str,
    "status": str,
    "triggered_by": str,
    "workflow_version": int,
    "workflow_version_id": str,
    "payload": dict,
    "created_at": str,
    "revision": str,
}
RUN_MORE = {
    "max_parallel_steps": int,
    "error": str,
    "started_at": str,
    "finished_at": str,
    "expires_at": str,
    "retry_of_run_id": str,
    "parent_workflow_run_id": str,
    "parent_step_run_id": str,
    "tags": dict,
    "created_by": str,
    "commit": dict,
}
STEP = {
    "id": str,
    "workflow_run_id": str,
    "workflow_step_id": str,
    "step_ref": str,
    "attempt": int,
    "status": str,
    "deps_completed": int,
    "deps_required": int,
    "created_at": str,
}
STEP_MORE = {"job_run_id": str, "output": dict, "error": str, "started_at": str, "finished_at": str}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
NOWHERE = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
def server(serve: Callable[..., Running]) -> Running:
    return serve(DEFINITIONS)


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    """Clients that are closed at the end."""
    with contextlib.ExitStack() as opened:
        yield lambda server, key: opened.enter_context(Client(base_url=server.url, api_key=key))


@pytest.fixture
def client(server: Running, connect: Callable[..., Client]) -> Client:
    return connect(server, "ignored by an open server")


def fits(found: dict[str, Any], always: dict[str, type], more: dict[str, type]) -> None:
    assert set(always) <= set(found) <= set(always) | set(more)
    for name, value in found.items():
        assert isinstance(value, {**always, **more}[name]), name
        if name.endswith("_at"):
            assert TIME.fullmatch(value), name


def start(client: Client, task: str, **body: Any) -> str:
    return client.workflows.trigger(f"default/{task}", body)["id"]


def ended(server: Running, client: Client, run_id: str) -> dict[str, Any]:
    server.finished(run_id)
    return dict(client.workflow_runs.get(run_id))


def waiting(server: Running, run_id: str, step: str = "ask") -> None:
    server.until(run_id, lambda job: job.steps[step].status is StepStatus.SUSPENDED)


def test_a_run_has_every_field_of_the_page(server: Running, client: Client) -> None:
    run_id = start(client, "greet", payload={"name": "Ann"}, tags={"env": "test"})
    run = ended(server, client, run_id)
    fits(run, RUN, RUN_MORE)
    assert run["workflow_id"] == "default/greet"
    assert run["project_id"] == "default"
    assert (run["status"], run["triggered_by"], run["payload"]) == ("completed", "manual", {"name": "Ann"})
    assert run["tags"] == {"team": "a", "env": "test"}
    assert (run["max_parallel_steps"], run["workflow_version"]) == (3, 1)


def test_a_step_run_has_every_field_of_the_page(server: Running, client: Client) -> None:
    run_id = start(client, "greet")
    ended(server, client, run_id)
    steps = client.workflow_runs.list_steps(run_id)
    for step in steps:
        fits(step, STEP, STEP_MORE)
    assert [step["step_ref"] for step in steps] == ["say", "again"]
    assert steps[0]["output"] == {"to": "World"}
    assert (steps[1]["deps_completed"], steps[1]["deps_required"], steps[1]["attempt"]) == (1, 1, 1)


def test_runs_are_listed_newest_first_as_a_bare_array_or_by_cursor(server: Running, client: Client) -> None:
    ids = [start(client, "greet", tags={"n": str(number)}) for number in range(3)]
    for run_id in ids:
        server.finished(run_id)
    listed = client.workflow_runs.list(query={"project_id": "default"})
    assert [run["id"] for run in listed] == ids[::-1]
    seen, cursor = [], ""
    for _ in range(3):
        page = client.workflow_runs.list(query={"project_id": "default", "limit": "1", "cursor": cursor})
        seen += [run["id"] for run in page["data"]]
        cursor = page.get("next_cursor", "")
    assert seen == ids[::-1]
    assert page["has_more"] is False
    assert "next_cursor" not in page
    one = {"project_id": "default", "tag_key": "n", "tag_value": "1"}
    assert [run["id"] for run in client.workflow_runs.list(query=one)] == [ids[1]]
    assert len(client.workflow_runs.list(query={"project_id": "default", "tag_key": "n"})) == 3
    assert client.workflow_runs.list(query={"project_id": "default", "tag_key": "other"}) == []
    assert client.workflow_runs.list(query={"project_id": "nowhere"}) == []
    assert len(client.workflow_runs.list(query={"project_id": "default", "status": "completed"})) == 3
    assert client.workflow_runs.list(query={"project_id": "default", "status": "timed_out"}) == []
    assert len(client.workflow_runs.list(query={"project_id": "default", "limit": "1000000"})) == 3


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"project_id": ""},
        {"project_id": "default", "status": "cancelled"},
        {"project_id": "default", "limit": "0"},
        {"project_id": "default", "limit": "-1"},
        {"project_id": "default", "limit": "many"},
        {"project_id": "default", "limit": "²"},
        {"project_id": "default", "status": "failed", "tag_key": "a"},
        {"project_id": "default", "cursor": "nonsense"},
    ],
)
def test_a_wrong_query_is_a_bad_request(client: Client, query: dict[str, str]) -> None:
    with pytest.raises(ApiError) as refused:
        client.workflow_runs.list(query=query)
    assert refused.value.status == 400
    assert refused.value.body["error"]["code"] == "bad_request"
    assert refused.value.body["message"] == refused.value.body["error"]["message"]
    assert refused.value.body["request_id"]


def test_project_id_is_named_in_words_where_it_is_missing(server: Running) -> None:
    assert server.get("/v1/workflow-runs").json["message"] == "project_id is required"


def test_what_is_not_there_is_not_found_everywhere(server: Running, client: Client) -> None:
    run_id = start(client, "gate")
    waiting(server, run_id)
    for ask in (
        lambda: client.workflow_runs.get(NOWHERE),
        lambda: client.workflow_runs.get("no-such-run"),
        lambda: client.workflow_runs.delete(NOWHERE),
        lambda: client.workflow_runs.pause(NOWHERE),
        lambda: client.workflow_runs.list_steps(NOWHERE),
        lambda: client.workflow_runs.skip_step(run_id, "nothing"),
        lambda: client.workflow_runs.replay_subtree_step(run_id, "nothing"),
        lambda: client.workflows.get("default/nothing"),
        lambda: client.workflows.trigger("elsewhere/greet", {}),
        lambda: client.workflows.get("nothing"),
    ):
        with pytest.raises(NotFoundError) as refused:
            ask()
        assert refused.value.body["error"]["code"] == "not_found"
    assert server.get("/v1/nothing/here").json["error"]["code"] == "not_found"
    assert server.post("/v1/workflow-runs", {}).json["error"]["code"] == "method_not_allowed"


def test_cancelling_is_204_and_what_has_ended_400(server: Running, client: Client) -> None:
    run_id = start(client, "gate")
    waiting(server, run_id)
    assert server.request("DELETE", f"/v1/workflow-runs/{run_id}").status == 204
    assert ended(server, client, run_id)["status"] == "canceled"
    with pytest.raises(ApiError) as refused:
        client.workflow_runs.delete(run_id)
    assert refused.value.status == 400


def test_pausing_and_resuming_are_said_as_often_as_one_likes(server: Running, client: Client) -> None:
    run_id = start(client, "gate")
    waiting(server, run_id)
    for _ in range(2):
        assert client.workflow_runs.pause(run_id)["status"] == "paused"
    for _ in range(2):
        assert client.workflow_runs.resume(run_id)["status"] == "running"
    client.workflow_runs.delete(run_id)
    server.finished(run_id)
    for operation in (client.workflow_runs.pause, client.workflow_runs.resume):
        with pytest.raises(ApiError) as refused:
            operation(run_id)
        assert refused.value.status == 400


def test_a_retry_is_a_new_run_that_keeps_tags_and_says_what_it_retries(server: Running, client: Client) -> None:
    first = start(client, "broken", tags={"env": "test"})
    with pytest.raises(ApiError) as too_early:
        client.workflow_runs.retry(start(client, "gate"))
    assert too_early.value.status == 400
    assert ended(server, client, first)["status"] == "failed"
    again = client.workflow_runs.retry(first)
    assert (again["retry_of_run_id"], again["triggered_by"], again["tags"]) == (first, "retry", {"env": "test"})
    assert ended(server, client, again["id"])["status"] == "failed"
    steps = {step["step_ref"]: step for step in client.workflow_runs.list_steps(again["id"])}
    assert steps["good"]["status"] == "completed"
    done = start(client, "greet")
    server.finished(done)
    with pytest.raises(ConflictError):
        client.workflow_runs.retry(done)


def test_an_approval_is_asked_once_and_given_by_who_the_token_says(server: Running, client: Client) -> None:
    run_id = start(client, "gate")
    waiting(server, run_id)
    given = client.workflow_runs.approve_step(run_id, "ask", {"approver": "somebody else"})
    fits(given["step_run"], STEP, STEP_MORE)
    assert given["step_run"]["status"] == "completed"
    assert (given["approval"]["status"], given["approval"]["approved_by"]) == ("approved", "api")
    assert given["approval"]["workflow_step_run_id"] == given["step_run"]["id"]
    assert ended(server, client, run_id)["status"] == "completed"
    with pytest.raises(ApiError) as refused:
        client.workflow_runs.approve_step(run_id, "ask", {})
    assert refused.value.status == 400
    requested = [row for row in server.get(f"/api/jobs/{run_id}/events").json if row["what"] == "step.suspended"]
    assert len(requested) == 1


def test_whoever_is_no_approver_is_forbidden(server: Running, client: Client) -> None:
    run_id = start(client, "picky")
    waiting(server, run_id)
    with pytest.raises(UnauthorizedError) as refused:
        client.workflow_runs.approve_step(run_id, "ask", {})
    assert refused.value.status == 403
    assert "boss" in str(refused.value)


def test_a_skipped_step_tells_why_and_what_depends_on_it_runs(server: Running, client: Client) -> None:
    run_id = start(client, "gate")
    waiting(server, run_id)
    reply = server.post(f"/v1/workflow-runs/{run_id}/steps/ask/skip/", {"reason": "not today", "unknown": 1})
    assert reply.status == 200, reply
    assert reply.json["step_run"]["status"] == "skipped"
    assert "not today" in reply.json["step_run"]["error"]
    assert ended(server, client, run_id)["status"] == "completed"
    with pytest.raises(ApiError) as refused:
        client.workflow_runs.skip_step(run_id, "ask")
    assert refused.value.status == 400


def test_a_step_is_forced_with_a_result_also_one_that_failed(server: Running, client: Client) -> None:
    run_id = start(client, "broken")
    ended(server, client, run_id)
    forced = client.workflow_runs.force_complete_step(run_id, "bad", {"result": {"by": "hand"}})
    assert (forced["step_run"]["status"], forced["step_run"]["output"]) == ("completed", {"by": "hand"})
    assert ended(server, client, run_id)["status"] == "completed"
    with pytest.raises(ApiError) as refused:
        client.workflow_runs.force_complete_step(run_id, "bad", {})
    assert refused.value.status == 400


def test_a_step_of_a_run_that_failed_is_tried_again_in_the_same_run(server: Running, client: Client) -> None:
    run_id = start(client, "broken")
    ended(server, client, run_id)
    moved = client.workflow_runs.retry_step(run_id, "bad")["step_run"]
    assert moved["status"] in ("pending", "running", "failed")
    assert ended(server, client, run_id)["status"] == "failed"
    steps = {step["step_ref"]: step["attempt"] for step in client.workflow_runs.list_steps(run_id)}
    assert steps == {"good": 1, "bad": 2, "last": 1}
    waits = start(client, "gate")
    waiting(server, waits)
    with pytest.raises(ApiError) as refused:
        client.workflow_runs.retry_step(waits, "ask")
    assert refused.value.status == 400


def test_a_subtree_is_replayed_in_the_same_run(server: Running, client: Client) -> None:
    run_id = start(client, "greet")
    ended(server, client, run_id)
    assert client.workflow_runs.replay_subtree_step(run_id, "say") == {"reset_steps": 2}
    assert ended(server, client, run_id)["status"] == "completed"
    assert [step["attempt"] for step in client.workflow_runs.list_steps(run_id)] == [2, 2]


def test_many_are_cancelled_and_what_could_not_be_is_counted(server: Running, client: Client) -> None:
    ids = [start(client, "gate") for _ in range(2)]
    for run_id in ids:
        waiting(server, run_id)
    done = client.workflow_runs.bulk_cancel({"workflow_run_ids": [*ids, NOWHERE]})
    assert done == {"canceled": 2, "failed": 1, "workflow_run_ids": ids}
    for wrong in ({}, {"workflow_run_ids": []}, {"workflow_run_ids": ["x"] * 101}, {"workflow_run_ids": [1]}):
        with pytest.raises(ApiError) as refused:
            client.workflow_runs.bulk_cancel(wrong)
        assert refused.value.status == 400


def test_many_are_replayed_those_in_which_nothing_failed_from_their_start(server: Running, client: Client) -> None:
    failed, good = start(client, "broken"), start(client, "greet")
    for run_id in (failed, good):
        server.finished(run_id)
    done = client.workflow_runs.bulk_replay({"workflow_run_ids": [failed, good, NOWHERE]})
    assert (done["replayed"], done["failed"], done["total"]) == (2, 1, 3)
    by_id = {result["original_run_id"]: result for result in done["results"]}
    assert by_id[NOWHERE]["status"] == "failed"
    assert by_id[NOWHERE]["error"]
    again = ended(server, client, by_id[good]["new_run_id"])
    assert (again["status"], again["retry_of_run_id"]) == ("completed", good)


def test_the_same_key_starts_one_run(server: Running) -> None:
    asked = {"payload": {"name": "Ann"}}
    for header in ("Idempotency-Key", "X-Idempotency-Key"):
        ids = {server.post("/v1/workflows/default/greet/trigger", asked, {header: header}).json["id"] for _ in range(2)}
        assert len(ids) == 1
    other = server.post("/v1/workflows/default/greet/trigger", {}, {"Idempotency-Key": "Idempotency-Key"})
    assert (other.status, other.json["error"]["code"]) == (422, "validation_failed")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/workflows/default/greet/trigger",
        "/v1/workflows/default%2Fgreet/trigger",
        "//v1/workflows/default/greet/trigger/",
    ],
)
def test_the_id_of_a_workflow_may_stand_raw_in_the_path(server: Running, path: str) -> None:
    assert server.request("POST", path, raw=b"", headers={"Content-Type": "application/json"}).status == 201
    assert server.request("POST", path, raw=b"{}", headers={"Content-Type": "text/plain"}).status == 201


def test_a_wrong_payload_names_its_fields(server: Running) -> None:
    reply = server.post("/v1/workflows/default/greet/trigger", {"payload": {"nam": 1}})
    assert (reply.status, reply.json["error"]["code"]) == (400, "bad_request")
    assert reply.json["error"]["details"][0]["field"] == "nam"
    for wrong in ({"payload": []}, {"tags": "x"}, [], "x"):
        assert server.post("/v1/workflows/default/greet/trigger", wrong).status == 400


def test_workflows_are_listed_shown_drawn_and_planned(client: Client) -> None:
    listed = client.workflows.list(query={"project_id": "default"})
    assert sorted(workflow["slug"] for workflow in listed) == ["asks-twice", "broken", "gate", "greet", "picky"]
    one = client.workflows.get("default/greet")
    assert (one["description"], one["version"]) == ("Says hello", 1)
    drawn = client.workflows.get_graph("default/greet")
    assert (drawn["roots"], drawn["edges"]) == (["say"], [{"from": "say", "to": "again"}])
    plan = {"workflow_id": "default/greet", "workflow_version": 1, "step_count": 2, "roots": ["say"]}
    assert client.workflows.plan("default/greet", {}) == {**plan, "topological_order": ["say", "again"]}
    assert client.workflows.dry_run("default/greet", {})["step_count"] == 2
    assert [version["version"] for version in client.workflows.list_versions("default/greet")] == [1]


def test_a_run_is_drawn_timed_and_explained(server: Running, client: Client) -> None:
    run_id = start(client, "gate")
    waiting(server, run_id)
    drawn = server.get(f"/v1/workflow-runs/{run_id}/graph").json
    assert [(node["step_ref"], node["status"]) for node in drawn["nodes"]] == [
        ("before", "completed"),
        ("ask", "waiting"),
        ("after", "waiting"),
    ]
    timed = server.get(f"/v1/workflow-runs/{run_id}/timeline").json
    assert timed["steps"][0]["duration_ms"] >= 0
    reasons = {row["step_ref"]: row for row in server.get(f"/v1/workflow-runs/{run_id}/explain").json["data"]}
    assert (reasons["ask"]["decision"], reasons["ask"]["decision_type"]) == ("wait", "condition")
    assert reasons["after"]["decision_type"] == "dependency"
    only = server.get(f"/v1/workflow-runs/{run_id}/explain?step_ref=ask").json["data"]
    assert [row["step_ref"] for row in only] == ["ask"]


def test_the_moves_of_a_run_are_those_the_client_knows(server: Running, client: Client) -> None:
    """Through a whole life, each change of status is legal in the client's own table."""
    run_id = start(client, "gate")
    waiting(server, run_id)
    seen = ["running"]
    for act, event in (
        (client.workflow_runs.pause, WorkflowRunEvent.PAUSE),
        (client.workflow_runs.resume, WorkflowRunEvent.RESUME),
    ):
        now = act(run_id)["status"]
        assert transition_workflow_run(WorkflowRunStatus(seen[-1]), event) == now
        seen.append(now)
    client.workflow_runs.approve_step(run_id, "ask", {})
    assert is_terminal_workflow_run_status(WorkflowRunStatus(ended(server, client, run_id)["status"]))


def test_the_asynchronous_client_does_the_same(server: Running) -> None:
    async def drive() -> dict[str, Any]:
        async with AsyncClient(base_url=server.url, api_key="x") as client:
            run = await client.workflows.trigger("default/gate", {"payload": {}})
            await asyncio.to_thread(waiting, server, run["id"])
            await client.workflow_runs.pause(run["id"])
            await client.workflow_runs.resume(run["id"])
            await client.workflow_runs.approve_step(run["id"], "ask", {})
            await asyncio.to_thread(server.finished, run["id"])
            return dict(await client.workflow_runs.get(run["id"]))

    assert server.run(drive())["status"] == "completed"


def test_resuming_does_not_ask_for_an_approval_twice(server: Running, client: Client) -> None:
    run_id = start(client, "asks-twice")
    waiting(server, run_id, "one")
    client.workflow_runs.pause(run_id)
    client.workflow_runs.approve_step(run_id, "one", {})
    client.workflow_runs.resume(run_id)
    waiting(server, run_id, "two")
    steps = {step["step_ref"]: step for step in client.workflow_runs.list_steps(run_id)}
    assert (steps["one"]["attempt"], steps["two"]["attempt"]) == (1, 1)
    client.workflow_runs.approve_step(run_id, "two", {})
    assert ended(server, client, run_id)["status"] == "completed"


def test_every_native_state_has_one_word_that_the_client_knows() -> None:
    from strait.fsm._step import StepRunStatus

    assert set(RUN_STATUS) == set(JobStatus)
    assert sorted(RUN_STATUS.values()) == sorted(status.value for status in WorkflowRunStatus)
    assert set(STEP_STATUS) == set(StepStatus)
    assert set(STEP_STATUS.values()) == {status.value for status in StepRunStatus}
    assert set(TRIGGERED_BY) == set(SOURCE_TYPES)
    waits = {"dependencies", "worker", "slot", "approval", "event", "timer", "retry", "child", "pause", None}
    assert set(DECISION_TYPE) == waits


def test_keys_and_permissions_count_here_too(serve: Callable[..., Running], connect: Callable[..., Client]) -> None:
    first = {"email": "root@example.com", "password": "correct horse battery"}
    server = serve(
        DEFINITIONS, {"auth": {"initial_user": first, "providers": {"internal": {"provider_type": "internal"}}}}
    )
    token = server.post("/api/auth/login", first).json["access_token"]
    root = {"Authorization": f"Bearer {token}"}

    def key(**fields: Any) -> Client:
        made = server.post("/api/auth/api-keys", {"standalone": True, **fields}, root).json["key"]
        return connect(server, made)

    with pytest.raises(UnauthorizedError) as refused:
        connect(server, "wrong").workflow_runs.list(query={"project_id": "default"})
    assert (refused.value.status, refused.value.body["error"]["code"]) == (401, "authentication_required")
    reader, starter = key(name="r", scopes=["workflows:read"]), key(name="t", scopes=["workflows:trigger"])
    run_id = start(starter, "gate")
    waiting(server, run_id)
    assert reader.workflow_runs.get(run_id)["created_by"] == "key:t"
    for refuse in (lambda: start(reader, "gate"), lambda: starter.workflow_runs.pause(run_id)):
        with pytest.raises(UnauthorizedError) as refused:
            refuse()
        assert refused.value.status == 403
    bound = key(name="b", workspace="default")
    assert [run["id"] for run in bound.workflow_runs.list()] == [run_id]
    moved = key(name="o", workspace="default")
    with sqlite3.connect(server.state / "gitflow.db") as database:
        database.execute("UPDATE api_key SET workspace = 'other' WHERE name = 'o'")
    with pytest.raises(NotFoundError):
        moved.workflow_runs.get(run_id)
