"""Finds the route of a request, in a tree of path segments.

Most routes are added to the tree with the first request for a path that begins as theirs do: until then, their modules
are not imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gitflow.api.http.route import Route

    #: Imports routes.
    Load = Callable[[], Iterable[Route]]


class _Node:
    __slots__ = ("any", "later", "literal", "rest", "routes")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.rest: dict[str, Route] = {}  #: by method; the remaining segments are one name
        self.routes: dict[str, Route] = {}  #: by method
        self.later: list[Load] = []  #: of routes that are at this node or below it


class Router:
    def __init__(self) -> None:
        self._root = _Node()
        self._loaded: set[Load] = set()

    def add_later(self, beginnings: Iterable[str], load: Load) -> None:
        """Adds the routes that ``load`` returns once a path is looked for that begins as one of theirs.

        Each path of these routes must begin with one of ``beginnings``, its ``{name}`` segments at the same places.
        """
        for beginning in beginnings:
            node = self._root
            for part in beginning.split("/")[1:]:
                node = _below(node, part)
            node.later.append(load)

    def find(self, raw_path: str) -> tuple[dict[str, Route], list[str]] | None:
        """The routes of a path by method, and its segments; None if no route has this path.

        Each segment is decoded separately, so ``%2F`` is part of a name. Raises UnicodeDecodeError, ImportError for a
        broken installation, and ValueError for two routes of one path.
        """
        given = [unquote(part, errors="strict") if "%" in part else part for part in raw_path.split("/")[1:]]
        found = self._walk(self._root, given, 0)
        return None if found is None else (found, given)

    def _walk(self, node: _Node, given: list[str], at: int) -> dict[str, Route] | None:
        """Tries a literal segment first, then a name."""
        if node.later:
            self._load(node)
        if at == len(given):
            return node.routes or None
        exact = node.literal.get(given[at])
        if exact is not None and (found := self._walk(exact, given, at + 1)) is not None:
            return found
        if node.any is not None and given[at] and (found := self._walk(node.any, given, at + 1)) is not None:
            return found
        return node.rest or None

    def _load(self, node: _Node) -> None:
        """If it fails, the next request for such a path tries it again, instead of seeing half of the routes."""
        while node.later:
            load = node.later[-1]
            if load not in self._loaded:
                for route in tuple(load()):
                    self._add(route)
                self._loaded.add(load)
            node.later.pop()

    def _add(self, route: Route) -> None:
        node = self._root
        for part in route.path.split("/")[1:]:
            if part.endswith("*}"):
                node.rest[route.method] = route
                return
            node = _below(node, part)
        if route.method in node.routes:
            raise ValueError(f"two routes answer {route.method} {route.path}")
        node.routes[route.method] = route


def _below(node: _Node, part: str) -> _Node:
    """The node of the next segment. Makes it if it is missing."""
    if not part.startswith("{"):
        return node.literal.setdefault(part, _Node())
    node.any = node.any or _Node()
    return node.any


def names_in(route: Route, given: list[str]) -> dict[str, str]:
    """The values of the ``{name}`` segments of a route's path."""
    found: dict[str, str] = {}
    for at, part in enumerate(route.path.split("/")[1:]):
        if part.endswith("*}"):
            found[part[1:-2]] = "/".join(given[at:])
        elif part.startswith("{"):
            found[part[1:-1]] = given[at]
    return found
