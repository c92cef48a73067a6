"""A server imports the modules of routes when it needs them, and finds every route that there is."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from gitflow.api.dialects.base import DIALECTS, Dialects
from gitflow.api.route_table import BODIES, COMMON, NOUNS, body_schemas, router, routes, routes_of, schemas

#: Every module with routes, and how their paths begin.
BEGINNINGS = {
    **NOUNS,
    **{name: tuple(prefix.rstrip("/") for prefix in entry.prefixes) for name, entry in DIALECTS.items()},
}


def routes_in(name: str):
    return Dialects([name]).routes_of(name) if name in DIALECTS else routes_of(name)


def segments(path: str) -> list[str]:
    """Of a path in the table, each ``{name}`` as one sign."""
    return ["{}" if part.startswith("{") else part for part in path.split("/")]


@pytest.mark.parametrize("name", BEGINNINGS)
def test_each_path_begins_as_the_table_says(name):
    beginnings = [segments(beginning) for beginning in BEGINNINGS[name]]
    strays = [
        route.path
        for route in routes_in(name)
        if not any(segments(route.path)[: len(beginning)] == beginning for beginning in beginnings)
    ]
    assert strays == []


@pytest.mark.parametrize("name", BEGINNINGS)
def test_the_table_has_no_beginning_without_a_path(name):
    paths = [segments(route.path) for route in routes_in(name)]
    idle = [
        beginning
        for beginning in BEGINNINGS[name]
        if not any(path[: len(segments(beginning))] == segments(beginning) for path in paths)
    ]
    assert idle == []


@pytest.mark.parametrize("route", routes(), ids=lambda route: f"{route.method} {route.path}")
def test_a_server_that_has_just_started_finds_the_route(route):
    path = re.sub(r"\{\w+\*?\}", "x", route.path)
    found, _ = router(Dialects(DIALECTS)).find(path) or ({}, [])
    assert found[route.method] == route


def test_paths_of_a_dialect_that_is_not_served_have_no_route():
    assert router(Dialects(["komand"])).find("/v1/workflows") is None
    assert router(Dialects(["komand"])).find("/v2/workflows") is not None


def test_the_schemas_of_bodies_are_complete():
    known = body_schemas()
    wanted = {route.body for route in routes() if route.body}
    wanted |= set(re.findall(r"'#/components/schemas/(\w+)'", str(known)))
    assert wanted - set(known) == set()
    assert {name: schemas()[name] for name in known} == known


#: What a server imports before it listens, without a configuration that asks for more.
START = """
import sys
from gitflow.api.http.importing import import_aiohttp
import_aiohttp()
import gitflow.cli.local.server, gitflow.api.serve, gitflow.api.roles
from gitflow.api.dialects.base import DIALECTS, Dialects
from gitflow.api.route_table import import_common, router
found = router(Dialects(DIALECTS))
{then}
print(*sys.modules)
"""


def modules_after(then: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", START.format(then=then)], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_start_imports_no_handlers_and_no_schemas_of_bodies():
    loaded = modules_after("found.find('/readyz')")
    assert "gitflow.api.routes.meta" in loaded
    handlers = {name for name in loaded if name.startswith(("gitflow.api.routes.", "gitflow.api.dialects."))}
    assert handlers == {"gitflow.api.routes.meta", "gitflow.api.dialects.base"}
    assert not loaded & {f"gitflow.{name}" for name in BODIES}
    optional = ("gitflow.api.pulls", "gitflow.api.mcp", "gitflow.code_hosts", "gitflow.runtime.pulls")
    assert not any(name.startswith(optional) for name in loaded)


def test_a_path_that_no_route_has_imports_no_handlers():
    assert modules_after("assert found.find('/robots.txt') is None") == modules_after("")


def test_the_modules_of_common_requests_are_imported_one_by_one():
    loaded = modules_after("for step in import_common(): assert step is None")
    assert {f"gitflow.{name}" for name in (*(f"api.{noun}" for noun in COMMON), *BODIES)} <= loaded
