"""Binary search for the first bad one among commits that follow each other, also where history branches.

A commit is bad when the fault is in it or in one of its ancestors. So a bad one leaves its ancestors and itself, and a
good one clears its ancestors and itself; the next to try is the one that halves what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

GOOD, BAD, SKIP = "good", "bad", "skip"


class Bisection(Record):
    """``ancestors``: of each candidate, the candidates it follows and itself, as the bits of their places."""

    candidates: tuple[str, ...]  #: newest first
    ancestors: Mapping[str, int]
    left: int  #: bits of those that may be the first bad one
    skipped: int = 0
    verdicts: Mapping[str, str] = field(default_factory=dict[str, str])

    def judged(self, candidate: str, verdict: str) -> Bisection:
        line = self.ancestors[candidate]
        verdicts = {**self.verdicts, candidate: verdict}
        if verdict == SKIP:
            return replace(self, skipped=self.skipped | 1 << self.candidates.index(candidate), verdicts=verdicts)
        left = self.left & line if verdict == BAD else self.left & ~line
        return replace(self, left=left, verdicts=verdicts)

    @property
    def suspects(self) -> tuple[str, ...]:
        """Those that may be the first bad one, newest first."""
        return tuple(each for at, each in enumerate(self.candidates) if self.left >> at & 1)

    @property
    def next(self) -> str | None:
        """The one to try; None once nothing more can be learned."""
        total = self.left.bit_count()
        best, value = None, 0
        for at, each in enumerate(self.candidates):
            if not (self.left & ~self.skipped) >> at & 1:
                continue
            before = (self.ancestors[each] & self.left).bit_count()
            if min(before, total - before) > value:
                best, value = each, min(before, total - before)
        return best

    @property
    def most_tries(self) -> int:
        """At most so many more in a history without branches, when nothing is skipped."""
        return max(0, self.left.bit_count() - 1).bit_length()


def start(candidates: Sequence[str], parents: Mapping[str, Sequence[str]]) -> Bisection:
    """``parents``: of every commit of the walk, children before their parents; ``candidates`` are some of these."""
    ordered = tuple(candidates)
    place = {each: at for at, each in enumerate(ordered)}
    lines: dict[str, int] = {}
    for sha in reversed(list(parents)):
        line = 1 << place[sha] if sha in place else 0
        for parent in parents[sha]:
            line |= lines.get(parent, 0)
        lines[sha] = line
    return Bisection(ordered, {each: lines[each] for each in ordered}, (1 << len(ordered)) - 1)


def between(parents: Mapping[str, Sequence[str]], newest: str, without: Iterable[str]) -> frozenset[str]:
    """The commits of a walk up to ``newest`` that none of the others follows."""
    cleared = frozenset[str]().union(*(_line(parents, each) for each in without))
    return _line(parents, newest) - cleared


def _line(parents: Mapping[str, Sequence[str]], newest: str) -> frozenset[str]:
    found: set[str] = set()
    todo = [newest]
    while todo:
        each = todo.pop()
        if each not in found:
            found.add(each)
            todo += parents.get(each, ())
    return frozenset(found)


def replayed(begun: Bisection, verdicts: Iterable[tuple[str, str]]) -> Bisection:
    """With what was found before; verdicts on others are no news."""
    for candidate, verdict in verdicts:
        if candidate in begun.ancestors:
            begun = begun.judged(candidate, verdict)
    return begun
