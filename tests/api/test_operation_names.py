"""The names of operations, by which audit events and generated clients know them, stay as they were published."""

from __future__ import annotations

from pathlib import Path

from gitflow.api.route_table import routes

PUBLISHED = (Path(__file__).parent / "operation_names.txt").read_text().splitlines()


def test_a_published_operation_keeps_its_name():
    found = {f"{route.method} {route.path} {route.operation}" for route in routes()}
    assert set(PUBLISHED) <= found


def test_every_operation_is_published():
    assert [f"{route.method} {route.path} {route.operation}" for route in routes()] == PUBLISHED
