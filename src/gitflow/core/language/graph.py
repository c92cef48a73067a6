"""The shape of a flow: which step waits for which.

A Graph is built once, from names alone, and never changes. Building it is where
cycles and unknown names are found; after that every question is a lookup.
"""

from __future__ import annotations

from gitflow.core.names import closest
from gitflow.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class GraphError(ValueError):
    """The steps do not form a flow. If there is a cycle, ``cycle`` names its steps in order."""

    def __init__(self, message: str, cycle: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.cycle = cycle


class Graph(Record):
    order: tuple[str, ...]  #: every step after its dependencies; ties keep the order of the text
    needs: Mapping[str, tuple[str, ...]]
    dependents: Mapping[str, tuple[str, ...]]

    @staticmethod
    def build(needs: Mapping[str, Collection[str]]) -> Graph:
        """Raises GraphError for a cycle or an unknown name."""
        wanted = {step: tuple(dict.fromkeys(names)) for step, names in needs.items()}
        _refuse_unknown(wanted)
        dependents: dict[str, list[str]] = {step: [] for step in wanted}
        for step, names in wanted.items():
            for name in names:
                dependents[name].append(step)
        order = _sort(wanted, dependents)
        if len(order) < len(wanted):
            _refuse_cycle(wanted, set(order))
        return Graph(tuple(order), wanted, {step: tuple(names) for step, names in dependents.items()})

    @property
    def roots(self) -> tuple[str, ...]:
        return tuple(name for name in self.order if not self.needs[name])

    @property
    def leaves(self) -> tuple[str, ...]:
        """The steps that no other step depends on."""
        return tuple(name for name in self.order if not self.dependents[name])

    def upstream(self, name: str) -> frozenset[str]:
        """All steps that it depends on, directly or not."""
        return _reach(self.needs, name)

    def downstream(self, name: str) -> frozenset[str]:
        """All steps that depend on it, directly or not."""
        return _reach(self.dependents, name)


def _refuse_unknown(needs: Mapping[str, tuple[str, ...]]) -> None:
    for step, names in needs.items():
        for name in names:
            if name not in needs:
                hint = closest(name, needs)
                raise GraphError(
                    f'step "{step}" needs "{name}", which is not in this flow' + (f"; {hint}" if hint else "")
                )


def _sort(needs: Mapping[str, tuple[str, ...]], dependents: Mapping[str, list[str]]) -> list[str]:
    """The steps that can be put after their dependencies; the others are part of a cycle or depend on one."""
    if _are_ordered(needs):
        return list(needs)
    from heapq import heapify, heappop, heappush  # not at the top: most flows are written in their order

    names = list(needs)
    place = {name: index for index, name in enumerate(names)}
    missing = {name: len(wanted) for name, wanted in needs.items()}
    free = [place[name] for name, count in missing.items() if not count]
    heapify(free)
    order: list[str] = []
    while free:
        name = names[heappop(free)]
        order.append(name)
        for dependent in dependents[name]:
            missing[dependent] -= 1
            if not missing[dependent]:
                heappush(free, place[dependent])
    return order


def _are_ordered(needs: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether each step is written after all that it depends on."""
    before: set[str] = set()
    for name, wanted in needs.items():
        if not before.issuperset(wanted):
            return False
        before.add(name)
    return True


def _refuse_cycle(needs: Mapping[str, tuple[str, ...]], ordered: set[str]) -> None:
    """A cycle: every remaining step depends on a remaining one, so following dependencies must return to a step."""
    name = next(step for step in needs if step not in ordered)
    path: dict[str, None] = {}
    while name not in path:
        path[name] = None
        name = next(need for need in needs[name] if need not in ordered)
    walked = list(path)
    cycle = tuple(walked[walked.index(name) :])
    links = ", ".join(f'"{step}" needs "{need}"' for step, need in zip(cycle, (*cycle[1:], cycle[0]), strict=True))
    raise GraphError(f"the steps wait for each other in a circle: {links}", cycle)


def _reach(links: Mapping[str, tuple[str, ...]], start: str) -> frozenset[str]:
    found: set[str] = set()
    ahead = list(links[start])
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead.extend(links[name])
    return frozenset(found)
