"""What is true of a whole script and changes how its parts are read: declarations, aliases, what only bash knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.definitions.shell.tables import BASH_ONLY, TRANSLATED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.definitions.shell import nodes
    from gitflow.definitions.shell.words import Word

    #: A simple command and its words.
    Command = tuple[nodes.Simple, list[Word]]

#: The command in a text that ``eval`` or another shell may run.
_ALIAS = re.compile(r"(?:^|[\s;&|({!])alias\s")
_DECLARES = frozenset({"declare", "typeset", "local", "readonly", "export"})


def refused_throughout(tree: nodes.Tree, commands: Sequence[Command], *, is_sh: bool) -> tuple[str, str]:
    """Why no value may stand anywhere in the script, and what that is about; two empty texts where one may."""
    if is_sh and tree.bashisms:
        return "dialect", tree.bashisms[0]
    if TRANSLATED in tree.bashisms:
        return "dialect", TRANSLATED
    for _, words in commands:
        texts = [word.text or "" for word in _named(words)]
        name = texts[0] if texts else ""
        if name == "alias" or any(map(_ALIAS.search, texts)) or (name == "shopt" and "expand_aliases" in texts):
            return "alias", "alias"
        if name == "set" and any(map(_sets_keyword, texts[1:])):
            return "dialect", "set -k"  # `PATH=…` among the arguments would be an assignment
        if is_sh and name in BASH_ONLY:
            return "dialect", name
    return "", ""


def has_integers(commands: Sequence[Command]) -> bool:
    """Whether some variable may be declared so that assigning to it evaluates (``declare -i``, ``-n``)."""
    for _, words in commands:
        named = _named(words)
        if named and named[0].text in _DECLARES and any(map(_may_declare, named[1:])):
            return True
    return False


def _named(words: Sequence[Word]) -> Sequence[Word]:
    """The words without ``command``, ``builtin`` and their options before them."""
    at = 0
    while at < len(words) and words[at].text in ("command", "builtin"):
        at += 1
        while at < len(words) and words[at].lead.startswith("-"):
            at += 1
    return words[at:]


def _may_declare(word: Word) -> bool:
    return not word.lead or (word.lead.startswith("-") and any(letter in word.lead for letter in "in"))


def _sets_keyword(word: str) -> bool:
    return word == "keyword" or (word.startswith("-") and "k" in word)
