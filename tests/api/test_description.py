"""The description of the API: whole, right by its own rules, and true of the running server."""

from __future__ import annotations

import json
import re

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from running import DEFINITIONS, Running
from schemathesis.checks import CHECKS
from schemathesis.generation import GenerationMode

from gitflow.api.dialects.base import Dialects
from gitflow.api.http.openapi import describe, statuses
from gitflow.api.route_table import routes, schemas

DESCRIPTION = describe(routes(), schemas())
#: What no request without a plan can learn anything from: it streams, or signs in.
LEFT_OUT = ("/api/jobs/{id}/logs/stream", "/api/auth/", "/hooks/")


def test_every_route_says_who_may_call_and_what_for():
    for route in routes():
        assert route.needs in ("public", "view", "run", "admin"), route.path
        assert route.summary
        assert not route.summary.endswith("."), route.summary
        assert set(statuses(route)) >= {route.status, 400, 500}


def test_operations_have_names_of_their_own():
    names = [one["operationId"] for methods in DESCRIPTION["paths"].values() for one in methods.values()]
    assert len(set(names)) == len(names)


def test_every_shape_is_used_and_is_a_schema():
    text = json.dumps(DESCRIPTION["paths"]) + json.dumps(schemas())
    known = schemas()
    for name, schema in known.items():
        assert f'"#/components/schemas/{name}"' in text, name
        jsonschema_rs.Draft202012Validator({"components": {"schemas": known}, **schema})
    for route in routes():
        for name in (route.body, route.answer):
            assert name is None or name in known, (route.path, name)


def parts(schema, place=""):
    """(place, schema) of a schema and of all that it is made of."""
    yield place, schema
    for name, inner in schema.get("properties", {}).items():
        yield from parts(inner, f"{place}.{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from parts(schema[key], f"{place}[]")
    for inner in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from parts(inner, place)


def test_objects_and_lists_say_what_is_in_them():
    """A generator of types makes an object without any key of an object that says nothing."""
    known = schemas(Dialects(()))
    for place, schema in (pair for name, each in known.items() for pair in parts(each, name)):
        kinds = schema.get("type", ())
        if "object" in kinds:
            assert "properties" in schema or "additionalProperties" in schema, place
        if "array" in kinds:
            assert "items" in schema, place
        if None in schema.get("enum", ()):
            assert "null" in kinds, place


def test_every_answer_with_content_has_a_type_and_a_body_is_required_that_needs_a_field():
    known = schemas()
    for route in (route for route in routes(Dialects(())) if route.listed):
        made = DESCRIPTION["paths"][re.sub(r"\*(?=})", "", route.path)][route.method.lower()]
        for status, response in made["responses"].items():
            for media, content in response.get("content", {}).items():
                assert content.get("schema"), (route.path, status, media)
        if route.body is not None:
            assert made["requestBody"]["required"] is bool(known[route.body].get("required")), route.path


def test_it_is_served_with_an_etag(server):
    reply = server.get("/openapi.json")
    assert reply.json == json.loads(json.dumps(DESCRIPTION))
    assert server.get("/openapi.json", {"If-None-Match": reply.headers["ETag"]}).status == 304


def test_the_native_part_is_the_same_without_the_dialects(server):
    reply = server.get("/openapi.json?face=native")
    own = reply.json
    assert own["paths"].items() < DESCRIPTION["paths"].items()
    assert own["components"]["schemas"].items() < DESCRIPTION["components"]["schemas"].items()
    assert not [path for path in own["paths"] if path.startswith(("/v1", "/v2", "/api/v1", "/client"))]
    assert {name.split("/")[0] for name in re.findall(r'"#/components/schemas/([^"]+)"', reply.body.decode())} == set(
        own["components"]["schemas"]
    )
    assert server.get("/openapi.json?face=native", {"If-None-Match": reply.headers["ETag"]}).status == 304
    refused = server.get("/openapi.json?face=cloudflare")
    assert (refused.status, refused.json["details"]) == (400, [{"field": "face", "message": "must be one of native"}])


def test_the_page_loads_nothing_from_elsewhere(server):
    page = server.get("/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    assert b"http" not in page.body.replace(b"http-equiv", b"")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory):
    running = Running(tmp_path_factory.mktemp("described"), DEFINITIONS, {}, {}).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def described():
    return schemathesis.openapi.from_dict(DESCRIPTION)


OPERATIONS = [
    (path, method.upper())
    for path, methods in DESCRIPTION["paths"].items()
    for method in methods
    if not path.startswith(LEFT_OUT) and (path, method) != ("/api/drain", "post")  # it would stop the server
]


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda value: str(value))
def test_no_request_whatever_gets_an_answer_that_is_not_described(shared, described, path, method):
    checks = CHECKS.get_by_names(
        [
            "not_a_server_error",
            "status_code_conformance",
            "content_type_conformance",
            "response_schema_conformance",
            "response_headers_conformance",
        ]
    )
    host, port = shared.address

    @_given(described[path][method])
    @settings(
        max_examples=4,
        phases=(Phase.generate,),
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def hold(case):
        response = case.call(base_url=f"http://{host}:{port}", timeout=10)
        case.validate_response(response, checks=checks)

    hold()


def _given(operation):
    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    return given(case=right | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
