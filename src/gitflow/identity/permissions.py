"""Permissions: the most specific rule of the configuration that matches decides what a caller may do with a task.

Without rules everybody who has signed in may see and run everything, and administrators may do the rest. As soon
as there is one rule, everything that no rule allows is denied. The more specific of two matching rules is:

1. the one that names the task more closely (``ops/deploy`` before ``ops/*`` before ``*`` before none),
2. then one that names the workspace before one for all workspaces,
3. then one that names the user or the key before one that names a group before one for everybody.

Of equally specific rules a ``deny`` wins; otherwise the one that allows most.

A key that acts for a user may do what both the user and the key may: a rule that names the key only restricts what
the user may do, because users choose the names of their keys.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from gitflow.core.identity import LEVELS, SCOPES
from gitflow.core.matching.globs import glob
from gitflow.core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.core.identity import Identity, Rule

_RANK = {level: rank for rank, level in enumerate(LEVELS)}


#: Level -> what the caller may do, in words.
_VERBS = {"deny": "do nothing", "view": "view", "run": "view and run", "admin": "do everything"}


class Decision(Record):
    """What a caller may do, and what decides it."""

    level: str
    because: str  #: a sentence
    rule: Rule | None = None  #: the rule that decides, if one does
    number: int | None = None  #: its place in the configuration, from 1


class Permissions:
    def __init__(self, rules: Sequence[Rule] = (), anonymous: str = "none") -> None:
        """``anonymous``: what a caller without credentials may do: none, view or run."""
        self._rules = tuple(rules)
        self._anonymous = "deny" if anonymous == "none" else anonymous

    def level(self, who: Identity, workspace: str, task: str, folder: str = "") -> str:
        """``deny``, ``view``, ``run`` or ``admin`` for a task (``folder``: the folder of the task).

        An empty task name stands for the whole workspace.
        """
        if who.workspace is not None and who.workspace != workspace:
            return "deny"
        return _lower_level(
            self._granted(who, workspace, f"{folder}/{task}" if folder else task), _level_of_scopes(who)
        )

    def decide(self, who: Identity, workspace: str, task: str, folder: str = "") -> Decision:
        """The level, as ``level`` has it, with what decides it."""
        if who.workspace is not None and who.workspace != workspace:
            return Decision("deny", f"the key is for workspace {who.workspace!r} alone")
        granted = self._decide(who, workspace, f"{folder}/{task}" if folder else task)
        of_scopes = _level_of_scopes(who)
        if _RANK[of_scopes] >= _RANK[granted.level]:
            return granted
        return Decision(of_scopes, f"the key has only the scopes {', '.join(sorted(who.scopes or ())) or 'none'}")

    def _decide(self, who: Identity, workspace: str, path: str) -> Decision:
        if who.is_admin:
            return Decision("admin", "an administrator may do everything")
        if who.kind == "anonymous":
            return self._decide_for_anybody(who, workspace, path)
        if not self._rules:
            return Decision("run", "there are no rules: who has signed in may see and run everything")
        decisions = [self._deciding(one, workspace, path) for one in _principals(who)]
        return min(decisions, key=lambda decision: _RANK[decision.level])

    def _decide_for_anybody(self, who: Identity, workspace: str, path: str) -> Decision:
        level = self._to_anybody(who, workspace, path)
        found = self._deciding(who, workspace, path)
        if level != self._anonymous:
            return found
        return Decision(level, f"who has not signed in may {_VERBS[level]} (auth.anonymous)")

    def _deciding(self, who: Identity, workspace: str, path: str) -> Decision:
        fitting = [rule for rule in self._rules if _fits(rule, who, workspace, path)]
        if not fitting:
            return Decision("deny", "no rule allows it")
        closest = max(_closeness(rule, who, path) for rule in fitting)
        level = _decision(fitting, who, path)
        rule = next(rule for rule in fitting if rule.action == level and _closeness(rule, who, path) == closest)
        number = self._rules.index(rule) + 1
        return Decision(level, f"rule {number} of permissions is the most specific one that matches", rule, number)

    def allows(self, who: Identity, wanted: str, workspace: str, task: str, folder: str = "") -> bool:
        return _RANK[self.level(who, workspace, task, folder)] >= _RANK[wanted]

    def may_see_workspace(self, who: Identity, workspace: str) -> bool:
        """Whether a rule could let the caller see anything in the workspace."""
        if who.workspace is not None and who.workspace != workspace:
            return False
        if who.is_admin or not self._rules:
            return self._granted(who, workspace, "") != "deny"
        shown = [rule for rule in self._rules if _is_in(rule, workspace) and rule.action != "deny"]
        if who.kind == "anonymous":
            some = self._anonymous != "deny" and any(rule.is_for_all for rule in shown)
            return some or self._granted(who, workspace, "") != "deny"
        return all(any(_is_for(rule, one) for rule in shown) for one in _principals(who))

    def sees_whole(self, who: Identity, workspace: str) -> bool:
        """Whether the caller may see every task: a rule without tasks allows it, and no rule with tasks denies any."""
        denied = any(
            rule.action == "deny" and rule.tasks and _is_in(rule, workspace) and _is_for(rule, who)
            for rule in self._rules
        )
        return self.allows(who, "view", workspace, "") and (who.is_admin or not denied)

    def administers_whole(self, who: Identity, workspace: str) -> bool:
        """Whether the caller administers every task of a workspace: a rule without tasks allows it, and no rule with
        tasks allows less."""
        less = any(
            rule.action != "admin" and rule.tasks and _is_in(rule, workspace) and _is_for(rule, who)
            for rule in self._rules
        )
        return self.allows(who, "admin", workspace, "") and (who.is_admin or not less)

    def may_administer(self, who: Identity) -> bool:
        """Whether the caller may administer the server: users, keys of others, the audit trail."""
        return who.is_admin and _lower_level("admin", _level_of_scopes(who)) == "admin" and who.workspace is None

    def _granted(self, who: Identity, workspace: str, path: str) -> str:
        if who.is_admin:
            return "admin"
        if who.kind == "anonymous":
            return self._to_anybody(who, workspace, path)
        if not self._rules:
            return "run"
        return functools.reduce(_lower_level, [self._decide_for(one, workspace, path) for one in _principals(who)])

    def _to_anybody(self, who: Identity, workspace: str, path: str) -> str:
        """Rules for everybody only restrict what ``anonymous`` allows."""
        fitting = [rule for rule in self._rules if rule.is_for_all and _fits(rule, who, workspace, path)]
        return _lower_level(self._anonymous, _decision(fitting, who, path)) if fitting else self._anonymous

    def _decide_for(self, who: Identity, workspace: str, path: str) -> str:
        return _decision([rule for rule in self._rules if _fits(rule, who, workspace, path)], who, path)


def has_scope(who: Identity, scope: str) -> bool:
    """Whether the caller has the scope; a caller without limits has all scopes."""
    return who.scopes is None or scope in who.scopes or "admin" in who.scopes


def _principals(who: Identity) -> tuple[Identity, ...]:
    """The identities that must all be allowed: for a key that acts for a user, the key and the user."""
    if who.key_name is None or who.user_id is None:
        return (who,)
    return who, replace(who, key_name=None)


def _level_of_scopes(who: Identity) -> str:
    if who.scopes is None:
        return "admin"
    return max((SCOPES[scope] for scope in who.scopes if scope in SCOPES), key=_RANK.__getitem__, default="deny")


def _decision(fitting: Sequence[Rule], who: Identity, path: str) -> str:
    if not fitting:
        return "deny"
    closest = max(_closeness(rule, who, path) for rule in fitting)
    actions = [rule.action for rule in fitting if _closeness(rule, who, path) == closest]
    return "deny" if "deny" in actions else max(actions, key=_RANK.__getitem__)


def _fits(rule: Rule, who: Identity, workspace: str, path: str) -> bool:
    return _is_in(rule, workspace) and _is_for(rule, who) and _about(rule, path)


def _is_in(rule: Rule, workspace: str) -> bool:
    return rule.workspace in ("*", workspace)


def _about(rule: Rule, path: str) -> bool:
    """Whether a rule applies to the task; the empty path, the whole workspace, needs a rule for all tasks."""
    if not path:
        return not rule.tasks or "**" in rule.tasks
    return not rule.tasks or any(_matches(text, path) for text in rule.tasks)


def _is_for(rule: Rule, who: Identity) -> bool:
    return rule.is_for_all or _names(rule, who) or bool(set(rule.groups) & set(who.groups))


def _names(rule: Rule, who: Identity) -> bool:
    """Whether the rule names the user or the key; the scopes of the key limit it in addition."""
    return (who.email is not None and who.email in rule.users) or (
        who.key_name is not None and who.key_name in rule.api_keys
    )


def _closeness(rule: Rule, who: Identity, path: str) -> tuple[int, int, int]:
    tasks = max((_exactness(text) for text in rule.tasks if _matches(text, path)), default=0)
    by_name = 0 if rule.is_for_all else 2 if _names(rule, who) else 1
    return tasks, int(rule.workspace != "*"), by_name


def _exactness(text: str) -> int:
    """How exact a pattern is: the number of literal characters, and more than any pattern for a plain name."""
    plain = len(re.sub(r"[*?]|\[[^]]*\]", "", text))
    return 1_000_000 if plain == len(text) else 1 + plain


def _matches(text: str, path: str) -> bool:
    """``**/deploy`` matches only tasks in folders."""
    return glob(text, through_none=False)(path)


def _lower_level(one: str, other: str) -> str:
    return min(one, other, key=_RANK.__getitem__)
