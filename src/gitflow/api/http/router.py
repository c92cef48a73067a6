"""Finds the route of a request, in a tree of path segments."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.api.http.route import Route


class _Node:
    __slots__ = ("any", "literal", "rest", "routes")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.rest: dict[str, Route] = {}  #: by method; the remaining segments are one name
        self.routes: dict[str, Route] = {}  #: by method


class Router:
    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def find(self, raw_path: str) -> tuple[dict[str, Route], list[str]] | None:
        """The routes of a path by method, and its segments; None if no route has this path.

        Each segment is decoded separately, so ``%2F`` is part of a name. Raises UnicodeDecodeError.
        """
        given = [unquote(part, errors="strict") if "%" in part else part for part in raw_path.split("/")[1:]]
        found = self._walk(self._root, given, 0)
        return None if found is None else (found, given)

    def _walk(self, node: _Node, given: list[str], at: int) -> dict[str, Route] | None:
        """Tries a literal segment first, then a name."""
        if at == len(given):
            return node.routes or None
        exact = node.literal.get(given[at])
        if exact is not None and (found := self._walk(exact, given, at + 1)) is not None:
            return found
        if node.any is not None and given[at] and (found := self._walk(node.any, given, at + 1)) is not None:
            return found
        return node.rest or None

    def _add(self, route: Route) -> None:
        node = self._root
        for part in route.path.split("/")[1:]:
            if part.startswith("{") and part.endswith("*}"):
                node.rest[route.method] = route
                return
            if part.startswith("{"):
                node.any = node = node.any or _Node()
            elif part in node.literal:
                node = node.literal[part]
            else:
                node.literal[part] = node = _Node()
        if route.method in node.routes:
            raise ValueError(f"two routes answer {route.method} {route.path}")
        node.routes[route.method] = route


def names_in(route: Route, given: list[str]) -> dict[str, str]:
    """The values of the ``{name}`` segments of a route's path."""
    found: dict[str, str] = {}
    for at, part in enumerate(route.path.split("/")[1:]):
        if part.endswith("*}"):
            found[part[1:-2]] = "/".join(given[at:])
        elif part.startswith("{"):
            found[part[1:-1]] = given[at]
    return found
