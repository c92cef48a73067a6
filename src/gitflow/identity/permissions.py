"""What a caller may do with a task: the most specific rule of the configuration that fits decides.

Without rules everybody who has signed in may see and run everything, and administrators may do the rest. As soon
as there is one rule, what no rule allows is denied. Which of two fitting rules is the more specific:

1. one that names the task more closely (``ops/deploy`` before ``ops/*`` before ``*`` before none),
2. one that names the workspace before one for all,
3. one that names the user or the key, before one that names a group, before one for everybody.

Of rules that are equally specific a ``deny`` wins, and otherwise the one that allows most.

A key that acts for a user may do what both the user and the key may: a rule that names the key takes away from what
the user may do and never adds to it, because users choose the names of their keys.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from gitflow.core.identity import LEVELS, SCOPES
from gitflow.core.matching.globs import glob
from gitflow.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.core.identity import Identity, Rule

_RANK = {level: rank for rank, level in enumerate(LEVELS)}


class Permissions:
    def __init__(self, rules: Sequence[Rule] = (), anonymous: str = "none") -> None:
        """``anonymous`` is what a caller without credentials may do: none, view or run."""
        self._rules = tuple(rules)
        self._anonymous = "deny" if anonymous == "none" else anonymous

    def level(self, who: Identity, workspace: str, task: str, folder: str = "") -> str:
        """``deny``, ``view``, ``run`` or ``admin``, for one task (``folder`` is the one it is filed under).

        The empty name stands for the workspace as a whole.
        """
        if who.workspace is not None and who.workspace != workspace:
            return "deny"
        return _least(self._granted(who, workspace, f"{folder}/{task}" if folder else task), _scoped(who))

    def allows(self, who: Identity, wanted: str, workspace: str, task: str, folder: str = "") -> bool:
        return _RANK[self.level(who, workspace, task, folder)] >= _RANK[wanted]

    def may_see_workspace(self, who: Identity, workspace: str) -> bool:
        """Whether some rule could let the caller see something in it."""
        if who.workspace is not None and who.workspace != workspace:
            return False
        if who.is_admin or not self._rules:
            return self._granted(who, workspace, "") != "deny"
        shown = [rule for rule in self._rules if _is_in(rule, workspace) and rule.action != "deny"]
        if who.kind == "anonymous":
            some = self._anonymous != "deny" and any(rule.is_for_all for rule in shown)
            return some or self._granted(who, workspace, "") != "deny"
        return all(any(_is_for(rule, one) for rule in shown) for one in _sides(who))

    def sees_whole(self, who: Identity, workspace: str) -> bool:
        """Whether every task of it may be seen: a rule without tasks allows it, and none with tasks denies any."""
        denied = any(
            rule.action == "deny" and rule.tasks and _is_in(rule, workspace) and _is_for(rule, who)
            for rule in self._rules
        )
        return self.allows(who, "view", workspace, "") and (who.is_admin or not denied)

    def may_administer(self, who: Identity) -> bool:
        """The server itself: users, keys of others, the audit trail."""
        return who.is_admin and _least("admin", _scoped(who)) == "admin" and who.workspace is None

    def _granted(self, who: Identity, workspace: str, path: str) -> str:
        if who.is_admin:
            return "admin"
        if who.kind == "anonymous":
            return self._to_anybody(who, workspace, path)
        if not self._rules:
            return "run"
        return functools.reduce(_least, [self._decided(one, workspace, path) for one in _sides(who)])

    def _to_anybody(self, who: Identity, workspace: str, path: str) -> str:
        """A rule for everybody can take away from what ``anonymous`` allows, and never adds to it."""
        fitting = [rule for rule in self._rules if rule.is_for_all and _fits(rule, who, workspace, path)]
        return _least(self._anonymous, _decision(fitting, who, path)) if fitting else self._anonymous

    def _decided(self, who: Identity, workspace: str, path: str) -> str:
        return _decision([rule for rule in self._rules if _fits(rule, who, workspace, path)], who, path)


def has_scope(who: Identity, scope: str) -> bool:
    """Whether a key that is limited to scopes has this one; whoever is not limited has all."""
    return who.scopes is None or scope in who.scopes or "admin" in who.scopes


def _sides(who: Identity) -> tuple[Identity, ...]:
    """Those whose rights must agree: of a key that acts for a user the key and the user."""
    if who.key_name is None or who.user_id is None:
        return (who,)
    return who, replace(who, key_name=None)


def _scoped(who: Identity) -> str:
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
    """The empty path is the workspace as a whole: only a rule for all of its tasks is about that."""
    if not path:
        return not rule.tasks or "**" in rule.tasks
    return not rule.tasks or any(_matches(text, path) for text in rule.tasks)


def _is_for(rule: Rule, who: Identity) -> bool:
    return rule.is_for_all or _names(rule, who) or bool(set(rule.groups) & set(who.groups))


def _names(rule: Rule, who: Identity) -> bool:
    """The user behind a key counts too: the key can do no more than its scopes say."""
    return (who.email is not None and who.email in rule.users) or (
        who.key_name is not None and who.key_name in rule.api_keys
    )


def _closeness(rule: Rule, who: Identity, path: str) -> tuple[int, int, int]:
    tasks = max((_exactness(text) for text in rule.tasks if _matches(text, path)), default=0)
    by_name = 0 if rule.is_for_all else 2 if _names(rule, who) else 1
    return tasks, int(rule.workspace != "*"), by_name


def _exactness(text: str) -> int:
    """More than any pattern for a plain name; else how much of it is written out."""
    plain = len(re.sub(r"[*?]|\[[^]]*\]", "", text))
    return 1_000_000 if plain == len(text) else 1 + plain


def _matches(text: str, path: str) -> bool:
    """``**/deploy`` is about tasks in folders alone."""
    return glob(text, through_none=False)(path)


def _least(one: str, other: str) -> str:
    return min(one, other, key=_RANK.__getitem__)
