"""A policy as it was read, what is known beside the definitions, and what a rule says.

Globs are those of ``core/matching/globs.py``, over ``folder/name``. The folder of a trigger is that of its task; an
action has none.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from gitflow.core.matching.globs import glob
from gitflow.core.problems import NOWHERE, Place, Problem, Severity
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.core.changes.records import Changes
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import Json

#: Where a policy stands in its workspace.
POLICY_FILE = ".workflows/policy.yaml"
#: The kinds of definitions that ``match`` selects from, by its keys.
KIND_OF = {"tasks": "task", "actions": "action", "triggers": "trigger"}


class Match(Record):
    """Globs by kind; a kind without globs is not selected."""

    tasks: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()

    def selects(self, kind: str, name: str) -> bool:
        return is_named(getattr(self, f"{kind}s", ()), name)


class Exemption(Record):
    """A definition that may break the rule up to and with a day (UTC)."""

    name: str  #: a glob over ``folder/name``
    until: date
    reason: str = ""


class Rule(Record):
    id: str
    kind: str  #: what it demands: a key of ``judge.RULES``
    value: Json  #: what stands at that key, as written
    match: Match | None = None  #: None: every definition that the rule can be about
    level: Severity = Severity.ERROR
    message: str = ""
    exemptions: tuple[Exemption, ...] = ()
    where: Place = NOWHERE

    def selects(self, kind: str, name: str) -> bool:
        return self.match is None or self.match.selects(kind, name)


class Policy(Record):
    rules: tuple[Rule, ...] = ()

    def get(self, id: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.id == id), None)


NO_POLICY = Policy()


class Facts(Record):
    """What a rule may ask beside the definitions."""

    today: date  #: UTC
    is_committed: bool = True  #: False: files that nobody has committed, so that no commit can speak for them
    messages: tuple[str, ...] = ()  #: of the commits from base to head, base excluded
    signers: frozenset[str] = frozenset()  #: people and groups whose valid signature the head's commit carries
    reviewers: frozenset[str] = frozenset()  #: people and groups who approved exactly this head
    is_made_by_api: bool = False  #: whether the head's commit was made by a server, whose signature is no owner's


class Case(Record):
    """A revision to judge: its definitions, and how they differ from the base."""

    head: Snapshot
    facts: Facts
    base: Snapshot | None = None
    changes: Changes | None = None  #: None: not compared; rules about changes then say nothing
    policy_changes: tuple[PolicyChange, ...] = ()


class PolicyChange(Record):
    """A rule that is added, removed or changed by the change that it may have to judge."""

    id: str
    change: str  #: added, removed or changed
    where: Place  #: at head; at base, where it was removed
    before: Rule | None = None
    after: Rule | None = None


class Finding(Record):
    """What breaks a rule, before exemptions."""

    kind: str
    name: str  #: with its folder, as globs match it
    where: Place
    message: str
    hint: str = ""
    is_advice: bool = False  #: a warning, whatever the rule's level: only a commit can tell
    key: tuple[str, ...] = ()  #: the path, inside the definition at ``where``, of the key that breaks the rule


class Violation(Record):
    problem: Problem
    rule: Rule
    key: tuple[str, ...] = ()  #: see ``Finding.key``


def is_named(globs: Iterable[str], name: str) -> bool:
    return any(glob(each)(name) for each in globs)
