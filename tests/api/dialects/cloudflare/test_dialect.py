"""Cloudflare Workflows, driven by the client that its users have: the package ``cloudflare``, as it is published.

It validates every answer against its own types (``_strict_response_validation``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cloudflare import APIStatusError, AsyncCloudflare, BadRequestError, Cloudflare, ConflictError, NotFoundError
from running import Running

from gitflow.core.status import StepStatus

DEFINITIONS = """\
tasks:
  greet:
    input: {name: {type: string, default: World}, pin: {type: string, secret: true, default: ""}}
    flow:
      say: {type: shell, cmd: 'echo "OUTPUT: {\\"to\\": \\"{{ input.name }}\\"}"'}
      again: {type: shell, cmd: "true", depends_on: [say]}
  takes-anything:
    input: {params: {type: array}}
    flow: {only: {type: shell, cmd: "true"}}
  gate:
    concurrency: {group: all, limit: 100}
    flow:
      before: {type: shell, cmd: "true"}
      wait: {type: wait, event: go, depends_on: [before]}
      after: {type: shell, cmd: "echo {{ wait.output.by }}", depends_on: [wait]}
  nap:
    flow: {rest: {type: sleep, duration: 3600}}
  asks:
    flow: {ask: {type: approval, message: go on?}}
  flaky:
    flow:
      try:
        {type: shell, cmd: "exit 3", timeout: 30, retry: {max_attempts: 2, delay: 10ms, backoff: linear}}
      last: {type: shell, cmd: "true", depends_on: [try]}
  many:
    flow:
      one: {type: shell, cmd: "echo {{ each.item }}", for_each: [a, b]}
  talks:
    flow:
      loud: {type: shell, cmd: 'printf "OUTPUT: {\\"text\\": \\"%02000d\\"}" 0'}
triggers:
  nightly: {type: scheduler, cron: "0 0 2 * * *", task: greet}
"""
ACCOUNT = "default"
BASE = "/client/v4"


@pytest.fixture
def server(without_instances: Running) -> Running:
    return without_instances


@pytest.fixture
def client(server: Running) -> Iterator[Cloudflare]:
    with Cloudflare(
        base_url=server.url + BASE, api_token="ignored by an open server", _strict_response_validation=True
    ) as client:
        yield client


@pytest.fixture
def made(client: Cloudflare) -> Callable[..., str]:
    """Creates an instance; its id."""

    def create(workflow: str, **more: Any) -> str:
        return client.workflows.instances.create(workflow, account_id=ACCOUNT, **more).id

    return create


@pytest.fixture
def shown(client: Cloudflare) -> Callable[..., Any]:
    def get(workflow: str, id: str, **more: Any) -> Any:
        return client.workflows.instances.get(id, account_id=ACCOUNT, workflow_name=workflow, **more)

    return get


@pytest.fixture
def job_id(server: Running) -> Callable[[str, str], str]:
    """The job of an instance."""

    def find(workflow: str, id: str) -> str:
        return server.get(f"{BASE}/accounts/default/workflows/{workflow}/instances/{id}").json["result"]["job_id"]

    return find


@pytest.fixture
def edit(client: Cloudflare) -> Callable[..., Any]:
    def change(workflow: str, id: str, status: Any, **more: Any) -> Any:
        return client.workflows.instances.status.edit(
            id, account_id=ACCOUNT, workflow_name=workflow, status=status, **more
        )

    return change


@pytest.fixture
def ended(server: Running, job_id: Callable[[str, str], str], shown: Callable[..., Any]) -> Callable[..., Any]:
    """An instance, once it has ended."""

    def wait(workflow: str, id: str) -> Any:
        server.finished(job_id(workflow, id))
        return shown(workflow, id)

    return wait


@pytest.fixture
def suspended(server: Running, job_id: Callable[[str, str], str]) -> Callable[..., None]:
    """Waits until an instance waits at a step."""

    def wait(workflow: str, id: str, step: str) -> None:
        server.until(job_id(workflow, id), lambda job: job.steps[step].status is StepStatus.SUSPENDED)

    return wait


def faults(refused: APIStatusError) -> list[int]:
    return [fault.code for fault in refused.errors]


# Accounts


def test_workspaces_are_accounts(client: Cloudflare) -> None:
    assert [(one.id, one.name) for one in client.accounts.list()] == [("default", "default")]
    assert client.accounts.get(account_id=ACCOUNT).name == "default"
    assert [one.account.id for one in client.memberships.list()] == ["default"]


# Workflows


def test_tasks_are_workflows(client: Cloudflare, ended: Any, made: Any) -> None:
    ended("greet", made("greet"))
    all = list(client.workflows.list(account_id=ACCOUNT))
    assert [one.name for one in all][:3] == ["greet", "takes-anything", "gate"]
    greet = all[0]
    assert greet == client.workflows.list(account_id=ACCOUNT, search="GREE").result[0]
    assert (greet.class_name, greet.script_name) == ("greet", ".workflows/a.yaml")
    assert greet.instances == {**dict.fromkeys(greet.instances, 0), "complete": 1}
    assert len(greet.instances) == 9
    assert greet.triggered_on is not None
    assert greet.schedules is not None
    assert [one.cron for one in greet.schedules] == ["0 0 2 * * *"]
    assert client.workflows.get("greet", account_id=ACCOUNT).id == greet.id
    assert all[1].triggered_on is None


def test_pages_end_with_an_empty_one(client: Cloudflare, server: Running) -> None:
    page = client.workflows.list(account_id=ACCOUNT, per_page=2, page=2)
    assert [one.name for one in page.result] == ["gate", "nap"]
    assert len(list(client.workflows.list(account_id=ACCOUNT, per_page=3))) == 8
    past = server.get(f"{BASE}/accounts/default/workflows?page=9").json
    assert past["result"] == []
    assert past["result_info"] == {"count": 0, "per_page": 10, "total_count": 8, "page": 9, "total_pages": 1}


def test_a_workflow_is_confirmed_and_never_changed(client: Cloudflare) -> None:
    put = client.workflows.update("greet", account_id=ACCOUNT, class_name="greet", script_name=".workflows/a.yaml")
    newest = client.workflows.versions.list("greet", account_id=ACCOUNT).result[0]
    assert (put.version_id, put.is_deleted, put.terminator_running) == (newest.id, 0, 0)
    with pytest.raises(BadRequestError, match=r"managed by git: edit \.workflows/a\.yaml") as refused:
        client.workflows.update("greet", account_id=ACCOUNT, class_name="Other", script_name=".workflows/a.yaml")
    assert faults(refused.value) == [10002]
    with pytest.raises(BadRequestError, match="managed by git"):
        client.workflows.update("new", account_id=ACCOUNT, class_name="new", script_name="x")


def test_deleting_a_workflow_deletes_its_instances(client: Cloudflare, made: Any, ended: Any, suspended: Any) -> None:
    ended("gate", _terminated(client, made("gate")))
    suspended("gate", made("gate"), "wait")
    assert client.workflows.delete("gate", account_id=ACCOUNT).status == "ok"
    assert list(client.workflows.instances.list("gate", account_id=ACCOUNT)) == []
    assert client.workflows.get("gate", account_id=ACCOUNT).instances["terminated"] == 0


def _terminated(client: Cloudflare, id: str) -> str:
    client.workflows.instances.status.edit(id, account_id=ACCOUNT, workflow_name="gate", status="terminate")
    return id


# Versions


def test_a_version_has_its_graph_under_both_names(client: Cloudflare, server: Running) -> None:
    [version] = client.workflows.versions.list("gate", account_id=ACCOUNT)
    assert version == _as_listed(client.workflows.versions.get(version.id, account_id=ACCOUNT, workflow_name="gate"))
    assert (version.has_dag, version.language, version.concurrency.limit) == (True, "python", 100)
    graph = client.workflows.versions.graph(version.id, account_id=ACCOUNT, workflow_name="gate").graph
    assert graph is not None
    nodes = [(node.type, node.name, node.starts, node.resolves) for node in graph.workflow.nodes]
    assert nodes == [
        ("step_do", "before", 1, 2),
        ("step_wait_for_event", "wait", 2, 3),
        ("step_do", "after", 3, 4),
    ]
    path = f"{BASE}/accounts/default/workflows/gate/versions/{version.id}"
    found = server.get(f"{path}/dag").json["result"]
    assert found == server.get(f"{path}/graph").json["result"]
    assert found["dag"] == found["graph"]
    assert [node["needs"] for node in found["dag"]["workflow"]["nodes"]] == [[], ["before"], ["wait"]]


def _as_listed(version: Any) -> Any:
    from cloudflare.types.workflows import VersionListResponse

    return VersionListResponse.model_validate(version.model_dump())


def test_every_kind_of_step_has_a_node(client: Cloudflare) -> None:
    for workflow in client.workflows.list(account_id=ACCOUNT):
        for version in client.workflows.versions.list(workflow.name, account_id=ACCOUNT):
            found = client.workflows.versions.graph(version.id, account_id=ACCOUNT, workflow_name=workflow.name)
            assert found.graph is not None


# Instances


def test_an_instance_runs_from_its_params_to_its_output(client: Cloudflare, ended: Any) -> None:
    short = client.workflows.instances.create("greet", account_id=ACCOUNT, params='{"name": "Ann"}')
    found = ended("greet", short.id)
    assert (found.status, found.success, found.params) == ("complete", True, {"name": "Ann"})
    assert (found.version_id, found.trigger.source, short.trigger_source) == (short.version_id, "api", "api")
    assert [(step.name, step.type, step.success) for step in found.steps] == [
        ("say-1", "step", True),
        ("again-1", "step", True),
    ]
    assert found.steps[0].output == '{"to":"Ann"}'
    assert len(found.steps[0].attempts) == 1
    assert found.step_count == 2
    assert isinstance(found.output, str)
    assert json.loads(found.output) is not None or found.output == "null"
    assert found.error is None


def test_steps_are_listed_backwards_or_only_counted(ended: Any, made: Any, shown: Any) -> None:
    id = made("greet")
    ended("greet", id)
    assert [step.name for step in shown("greet", id, order="desc").steps] == ["again-1", "say-1"]
    simple = shown("greet", id, simple="true")
    assert (simple.steps, simple.step_count) == ([], 2)


@pytest.mark.parametrize(
    ("workflow", "sent", "expected"),
    [
        ("greet", None, {}),
        ("greet", {}, {}),
        ("greet", "{}", {}),
        ("greet", "null", {}),
        ("greet", {"name": "Bob"}, {"name": "Bob"}),
        ("greet", {"name": "Bob", "pin": "1234"}, {"name": "Bob", "pin": "••••••"}),
        ("takes-anything", [1, 2], [1, 2]),
        ("takes-anything", "[1, 2]", [1, 2]),
        ("takes-anything", {"params": []}, {"params": []}),
    ],
)
def test_params_are_shown_as_they_were_sent(shared: Running, workflow: str, sent: Any, expected: Any) -> None:
    path = f"{BASE}/accounts/default/workflows/{workflow}/instances"
    reply = shared.post(path, {} if sent is None else {"params": sent})
    assert reply.status == 200, reply
    shown = shared.get(f"{path}/{reply.json['result']['id']}").json["result"]
    assert shown["params"] == expected
    if workflow == "greet":
        shared.request("DELETE", f"{BASE}/accounts/default/workflows/greet")


def test_an_instance_may_be_asked_for_without_a_body(server: Running) -> None:
    reply = server.request("POST", f"{BASE}/accounts/default/workflows/greet/instances", raw=b"")
    assert reply.json["success"] is True


@pytest.mark.parametrize(
    "body",
    [
        {"params": "no json"},
        {"params": "5"},
        {"params": [1]},
        {"params": {"nothing": 1}},
        {"instance_id": ""},
        {"instance_id": "a/b"},
        {"instance_id": "-a"},
        {"instance_id": "a" * 101},
        {"instance_id": 5},
        {"instance_id": "batch"},
        {"instance_id": "terminate"},
        {"instance_id": "cf_" + "0" * 64},
        {"instance_retention": 5},
        {"instance_retention": {"success_retention": "soon"}},
        [],
        "text",
    ],
)
def test_what_no_instance_can_be_made_of_is_refused(shared: Running, body: Any) -> None:
    reply = shared.post(f"{BASE}/accounts/default/workflows/greet/instances", body)
    assert reply.status == 400
    assert reply.json["success"] is False
    assert [fault["code"] for fault in reply.json["errors"]] == [10002]
    assert shared.get(f"{BASE}/accounts/default/workflows/greet/instances").json["result"] == []


def test_an_id_is_the_callers_own_and_taken_until_its_instance_is_deleted(
    server: Running, client: Cloudflare, made: Any, ended: Any, shown: Any
) -> None:
    assert made("greet", instance_id="mine", instance_retention={"success_retention": "5 minutes"}) == "mine"
    assert made("gate", instance_id="mine") == "mine"
    first = ended("greet", "mine")
    with pytest.raises(ConflictError) as refused:
        made("greet", instance_id="mine")
    assert faults(refused.value) == [10405]
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert refused.value.request.headers["x-stainless-retry-count"] == "0"
    assert shown("greet", "mine").queued == first.queued
    deleted = server.request("DELETE", f"{BASE}/accounts/default/workflows/greet/instances/mine").json["result"]
    assert deleted["instanceId"] == "mine"
    with pytest.raises(NotFoundError) as gone:
        shown("greet", "mine")
    assert faults(gone.value) == [10400]
    assert made("greet", instance_id="mine") == "mine"


def test_many_are_made_at_once_and_those_that_are_there_left_out(client: Cloudflare, made: Any) -> None:
    made("nap", instance_id="one")
    body: list[Any] = [{"instance_id": "one"}, {"instance_id": "two"}, {"instance_id": "two"}, {"params": "{}"}]
    found = list(client.workflows.instances.bulk("nap", account_id=ACCOUNT, body=body))
    assert [one.id for one in found][:1] == ["two"]
    assert len(found) == 2
    assert len(list(client.workflows.instances.list("nap", account_id=ACCOUNT))) == 3
    with pytest.raises(BadRequestError):
        client.workflows.instances.bulk("nap", account_id=ACCOUNT, body=[{"instance_id": "x"}, {"params": "5"}])
    assert len(list(client.workflows.instances.list("nap", account_id=ACCOUNT))) == 3
    with pytest.raises(BadRequestError):
        client.workflows.instances.bulk("nap", account_id=ACCOUNT, body=[{}] * 101)


def test_instances_are_listed_by_pages_and_by_cursors(client: Cloudflare, server: Running, made: Any) -> None:
    ids = [made("nap", instance_id=f"n{number}") for number in range(5)]
    listed = [one.id for one in client.workflows.instances.list("nap", account_id=ACCOUNT, per_page=2)]
    assert listed == ids[::-1]
    path = f"{BASE}/accounts/default/workflows/nap/instances"
    for direction, expected in (("desc", ids[::-1]), ("asc", ids)):
        seen, cursor, pages = [], "", 0
        while cursor is not None and pages < 9:
            page = server.get(f"{path}?per_page=2&direction={direction}&cursor={cursor}").json
            seen += [one["id"] for one in page["result"]]
            cursor, pages = page["result_info"].get("cursor"), pages + 1
        assert (seen, pages) == (expected, 3)
    latest = server.get(f"{path}/").json
    assert latest["result"][0]["id"] == ids[-1]
    assert "cursor" not in latest["result_info"]
    assert server.get(f"{path}?page=2&per_page=2").json["result_info"]["total_pages"] == 3
    assert "cursor" not in server.get(f"{path}?page=1&per_page=2").json["result_info"]


def test_instances_are_listed_by_state_and_time(client: Cloudflare, ended: Any, made: Any, suspended: Any) -> None:
    list_ = lambda **more: [  # noqa: E731
        one.id for one in client.workflows.instances.list("gate", account_id=ACCOUNT, **more)
    ]
    ended("gate", _terminated(client, made("gate", instance_id="gone")))
    for name in ("a", "b", "c"):
        suspended("gate", made("gate", instance_id=name), "wait")
    client.workflows.instances.status.edit("b", account_id=ACCOUNT, workflow_name="gate", status="pause")
    assert list_(status="waiting") == ["c", "a"]
    assert list_(status="waiting", per_page=1) == ["c", "a"]
    assert list_(status="paused") == ["b"]
    assert list_(status="terminated") == ["gone"]
    assert list_(status="running") == []
    assert list_(status="rollingBack") == []
    [b] = client.workflows.instances.list("gate", account_id=ACCOUNT, status="paused")
    assert list_(date_start=b.created_on) == ["c", "b"]
    assert list_(date_end=b.created_on) == ["b", "a", "gone"]
    assert list_(date_start=b.created_on, date_end=b.created_on) == ["b"]


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=x",
        "per_page=101",
        "per_page=0",
        "status=unknown",
        "page=1&cursor=abc",
        "cursor=nonsense",
        "direction=up",
        "date_start=yesterday",
        "date_start=2026-01-02T00:00:00Z&date_end=2026-01-01T00:00:00Z",
        "page=1&page=2",
    ],
)
def test_a_wrong_query_is_refused(shared: Running, query: str) -> None:
    reply = shared.get(f"{BASE}/accounts/default/workflows/gate/instances?{query}")
    assert (reply.status, reply.json["errors"][0]["code"]) == (400, 10002)


# Steps


def test_who_sleeps_tells_until_when(made: Any, shown: Any, suspended: Any) -> None:
    id = made("nap")
    suspended("nap", id, "rest")
    found = shown("nap", id)
    [step] = found.steps
    assert (found.status, found.success, found.output) == ("waiting", None, "")
    assert (step.type, step.name, step.finished, step.error) == ("sleep", "rest-1", False, None)
    assert (step.end - step.start).total_seconds() == 3600


def test_who_waits_for_an_event_gets_its_payload(
    client: Cloudflare, made: Any, shown: Any, ended: Any, suspended: Any
) -> None:
    id = made("gate")
    suspended("gate", id, "wait")
    waiting = shown("gate", id).steps[-1]
    assert (waiting.type, waiting.name, waiting.finished) == ("waitForEvent", "wait-1", False)
    assert (waiting.event_type, waiting.output) == ("go", None)
    assert (waiting.end - waiting.start).total_seconds() == 86400
    sent = client.workflows.instances.events.create(
        "go", account_id=ACCOUNT, workflow_name="gate", instance_id=id, body={"by": "Ann"}
    )
    assert sent.instance_id == id
    found = ended("gate", id)
    assert found.status == "complete"
    assert (found.steps[1].finished, found.steps[1].output) == (True, '{"by":"Ann"}')
    step = client.workflows.instances.step(
        id, account_id=ACCOUNT, workflow_name="gate", name="wait-1", type="waitForEvent"
    )
    assert (step.status, step.event_type, step.output) == ("complete", "go", {"by": "Ann"})


def test_an_event_that_comes_early_is_kept(client: Cloudflare, made: Any, ended: Any) -> None:
    id = made("gate")
    client.workflows.instances.events.create(
        "go", account_id=ACCOUNT, workflow_name="gate", instance_id=id, body={"by": "early"}
    )
    assert ended("gate", id).status == "complete"


def test_attempts_are_shown_one_by_one(client: Cloudflare, made: Any, ended: Any) -> None:
    id = made("flaky")
    found = ended("flaky", id)
    assert (found.status, found.success, found.error.name) == ("errored", False, "Error")
    [step] = found.steps
    assert (step.success, step.output, [one.success for one in step.attempts]) == (False, None, [False, False])
    assert step.attempts[0].error.message
    assert (step.config.retries.limit, step.config.retries.delay, step.config.retries.backoff) == (1, 10, "linear")
    assert step.config.timeout == 30000
    for attempt in (None, 1, 2):
        more = {} if attempt is None else {"attempt": attempt}
        step = client.workflows.instances.step(
            id, account_id=ACCOUNT, workflow_name="flaky", name="try-1", type="step", **more
        )
        assert step.status == "errored"
        assert step.error is not None
    for more in ({"name": "try-1", "attempt": 3}, {"name": "last-1"}, {"name": "try"}, {"name": "try-2"}):
        with pytest.raises(NotFoundError):
            client.workflows.instances.step(id, account_id=ACCOUNT, workflow_name="flaky", type="step", **more)


def test_the_instances_of_a_loop_are_counted(made: Any, ended: Any) -> None:
    found = ended("many", made("many"))
    assert sorted(step.name for step in found.steps) == ["one-1", "one-2"]


def test_a_long_output_is_cut_in_the_logs_and_whole_alone(client: Cloudflare, made: Any, ended: Any) -> None:
    id = made("talks")
    [step] = ended("talks", id).steps
    assert step.output.endswith("[truncated output]")
    assert len(step.output) == 1024 + len("[truncated output]")
    whole = client.workflows.instances.step(id, account_id=ACCOUNT, workflow_name="talks", name="loud-1", type="step")
    assert whole.output == {"text": "0" * 2000}


# Status


def test_pausing_and_resuming(made: Any, edit: Any, suspended: Any) -> None:
    id = made("gate")
    suspended("gate", id, "wait")
    assert edit("gate", id, "pause").status == "paused"
    assert edit("gate", id, "pause").status == "paused"
    assert edit("gate", id, "resume").status == "waiting"
    assert edit("gate", id, "resume").status == "waiting"
    assert edit("gate", id, "terminate", rollback=True).status == "terminated"
    for status in ("pause", "resume"):
        with pytest.raises(ConflictError) as refused:
            edit("gate", id, status)
        assert refused.value.response.headers["x-should-retry"] == "false"


def test_what_has_ended_cannot_be_terminated(made: Any, edit: Any, ended: Any) -> None:
    id = made("greet")
    ended("greet", id)
    with pytest.raises(BadRequestError, match="cannot_terminate") as refused:
        edit("greet", id, "terminate")
    assert faults(refused.value) == [10401]


def test_a_terminated_instance_says_so_last(made: Any, edit: Any, shown: Any, suspended: Any) -> None:
    id = made("gate")
    suspended("gate", id, "wait")
    edit("gate", id, "terminate")
    found = shown("gate", id)
    assert (found.status, found.success, found.end is not None) == ("terminated", False, True)
    assert [step.type for step in found.steps] == ["step", "waitForEvent", "termination"]
    assert found.step_count == 2


def test_a_restart_keeps_id_and_params_and_begins_anew(made: Any, edit: Any, ended: Any) -> None:
    id = made("greet", params='{"name": "Ann"}')
    before = ended("greet", id)
    assert edit("greet", id, "restart").status in ("queued", "running", "complete")
    after = ended("greet", id)
    assert (after.status, after.params) == ("complete", {"name": "Ann"})
    assert after.steps[0].start > before.steps[0].start
    assert [len(step.attempts) for step in after.steps] == [1, 1]


def test_a_restart_from_a_step_keeps_what_it_does_not_depend_on(made: Any, edit: Any, ended: Any) -> None:
    id = made("greet")
    before = ended("greet", id)
    edit("greet", id, "restart", from_={"name": "again"})
    after = ended("greet", id)
    assert after.steps[0].start == before.steps[0].start
    assert after.steps[1].start > before.steps[1].start
    for wrong in ({"name": "nothing"}, {"name": "again", "type": "sleep"}, {"name": "again", "count": 2}):
        with pytest.raises(ConflictError, match="not found in execution history"):
            edit("greet", id, "restart", from_=wrong)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "stop"},
        {"status": ["pause"]},
        {"status": "pause", "rollback": True},
        {"status": "pause", "from": {"name": "x"}},
        {"status": "terminate", "rollback": "yes"},
        {"status": "restart", "from": {}},
        {"status": "restart", "from": {"name": ""}},
        {"status": "restart", "from": {"name": "x", "count": 0}},
        {"status": "restart", "from": {"name": "x", "type": "step"}},
        {"status": "restart", "from": "x"},
        ["pause"],
    ],
)
def test_a_change_that_is_none_is_refused(shared: Running, body: Any) -> None:
    path = f"{BASE}/accounts/default/workflows/nap/instances"
    made = shared.post(path, {}).json["result"]["id"]
    reply = shared.request("PATCH", f"{path}/{made}/status", body)
    assert (reply.status, reply.json["errors"][0]["code"]) == (400, 10002)


# Refusals


def test_what_is_not_there_has_its_own_number(client: Cloudflare, made: Any) -> None:
    id = made("nap")
    uuid = "0190c0de-0000-7000-8000-000000000000"
    for code, ask in (
        (7003, lambda: client.workflows.list(account_id="nowhere")),
        (10200, lambda: client.workflows.get("nothing", account_id=ACCOUNT)),
        (10200, lambda: client.workflows.delete("nothing", account_id=ACCOUNT)),
        (10200, lambda: client.workflows.instances.list("nothing", account_id=ACCOUNT)),
        (10200, lambda: client.workflows.instances.create("nothing", account_id=ACCOUNT)),
        (10200, lambda: client.workflows.instances.get(id, account_id=ACCOUNT, workflow_name="nothing")),
        (10400, lambda: client.workflows.instances.get(uuid, account_id=ACCOUNT, workflow_name="nap")),
        (10400, lambda: client.workflows.instances.get(id, account_id=ACCOUNT, workflow_name="gate")),
        (10300, lambda: client.workflows.versions.get(uuid, account_id=ACCOUNT, workflow_name="nap")),
        (10300, lambda: client.workflows.versions.graph(uuid, account_id=ACCOUNT, workflow_name="nap")),
    ):
        with pytest.raises(NotFoundError) as refused:
            ask()
        assert faults(refused.value) == [code]


def test_the_client_of_coroutines_works_as_well(server: Running) -> None:
    async def session() -> None:
        async with AsyncCloudflare(
            base_url=server.url + BASE, api_token="x", _strict_response_validation=True
        ) as client:
            for number in range(3):
                await client.workflows.instances.create("nap", account_id=ACCOUNT, instance_id=f"n{number}")
            ids = [one.id async for one in client.workflows.instances.list("nap", account_id=ACCOUNT, per_page=1)]
            assert ids == ["n2", "n1", "n0"]
            assert [one.name async for one in client.workflows.list(account_id=ACCOUNT, search="na")] == ["nap"]
            with pytest.raises(NotFoundError):
                await client.workflows.get("nothing", account_id=ACCOUNT)

    server.run(session())
