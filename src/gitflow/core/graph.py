"""The shape of a flow: which step waits for which.

A Graph is built once, from names alone, and never changes. Building it is where
cycles and unknown names are found; after that every question is a lookup.
"""

from __future__ import annotations

from dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class GraphError(ValueError):
    """The needs do not make a flow; ``cycle`` names the steps of a cycle in order, if that is why."""

    def __init__(self, message: str, cycle: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.cycle = cycle


@dataclass(frozen=True, slots=True)
class Graph:
    order: tuple[str, ...]  #: every step after those it needs; ties in the order of the text
    needs: Mapping[str, tuple[str, ...]]
    dependents: Mapping[str, tuple[str, ...]]

    @staticmethod
    def build(needs: Mapping[str, Collection[str]]) -> Graph:
        """Raises GraphError for a cycle or an unknown name."""
        raise NotImplementedError

    @property
    def roots(self) -> tuple[str, ...]:
        raise NotImplementedError

    @property
    def leaves(self) -> tuple[str, ...]:
        """The steps nothing depends on."""
        raise NotImplementedError

    def upstream(self, name: str) -> frozenset[str]:
        """All it depends on, directly or not."""
        raise NotImplementedError

    def downstream(self, name: str) -> frozenset[str]:
        """All that depends on it, directly or not."""
        raise NotImplementedError
