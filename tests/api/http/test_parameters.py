"""What a query may hold: each parameter is read or refused, and none is ignored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from running import DEFINITIONS, Running

from gitflow.api.route_table import routes

JOB = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def server(share: Callable[..., Running]) -> Running:
    return share(DEFINITIONS)


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("/api/jobs?limt=5", "limt", 'limt is not a parameter of this route; did you mean "limit"?'),
        ("/api/jobs?state=failed", "state", 'did you mean "status"?'),
        ("/api/jobs?workspace=default&task=hello-world", "task", 'did you mean "task_name"?'),
        ("/api/users?page=2", "page", "it has limit, offset"),
        ("/api/workspaces?%C3%A9=1", "é", "it has none"),
        ("/api/jobs?=1", "", "is not a parameter of this route"),
        (f"/api/jobs/{JOB}/logs?tale=1", "tale", 'did you mean "tail"?'),
    ],
)
def test_an_unknown_parameter_is_refused_with_the_nearest_known_one(
    server: Running, path: str, name: str, expected: str
) -> None:
    reply = server.get(path)
    assert (reply.status, [one["field"] for one in reply.json["details"]]) == (400, [name])
    assert expected in reply.json["error"]


def test_a_misspelt_dry_run_starts_nothing(server: Running) -> None:
    reply = server.post("/api/workspaces/default/tasks/hello-world/execute?dryrun=true", {})
    assert (reply.status, server.get("/api/jobs").json) == (400, [])
    assert 'did you mean "dry_run"?' in reply.json["error"]


def test_many_long_unknown_parameters_are_refused_in_a_few_words(server: Running) -> None:
    query = "&".join(f"{'x' * 60}{number}=1" for number in range(60))
    reply = server.get(f"/api/jobs?{query}")
    assert (reply.status, len(reply.json["details"])) == (400, 10)
    assert all(len(one["field"]) == 50 for one in reply.json["details"])


@pytest.mark.parametrize(
    "path", ["/v2/jobs?fields=all", "/api/v1/agents?x=1", "/v1/workflow-runs?project_id=default&x=1", "/healthz?x=1"]
)
def test_other_apis_and_probes_ignore_what_they_do_not_know(server: Running, path: str) -> None:
    assert server.get(path).status == 200


def test_every_parameter_that_a_native_route_takes_is_described() -> None:
    """What reads a query past its parameters would be refused: a token of a browser's WebSocket is one of them."""
    (stream,) = [route for route in routes() if route.path == "/api/jobs/{id}/logs/stream"]
    assert {parameter.name for parameter in stream.query} == {"since_seq", "token"}
    others = [route.path for route in routes() if route.takes_others and route.noun != "pages"]
    assert others == ["/api/auth/oidc/{provider}/callback"]
