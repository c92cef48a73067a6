"""What is true of a whole script and changes how its parts are read: declarations, aliases, what only bash knows."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.tables import BASH_ONLY, TRANSLATED, table_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.definitions.shell.words import Word

    #: A simple command and its words.
    Command = tuple[nodes.Simple, list[Word]]

#: The command in a text that ``eval`` or another shell may run.
_ALIAS = re.compile(r"(?:^|[\s;&|({!])alias\s")
#: Where git runs commands that addresses name (``ext::sh -c …``), which it refuses unless it is told to.
_ADDRESS_RUNS = re.compile(
    r"ext::.*|protocol\.(?:ext\.)?allow(?:=(?!never$|user$).*)?|GIT_ALLOW_PROTOCOL=(?:.*\$.*|(?:.*:)?(?:ext(?::.*)?)?)",
    re.I | re.S,
)
_DECLARES = frozenset({"declare", "typeset", "local", "readonly", "export"})
#: Builtins of sh whose errors end the shell.
_ENDS_SHELL = table_of(
    ": . break continue eval exec exit export local readonly return set shift source times trap unset"
)


def refused_throughout(tree: nodes.Tree, commands: Sequence[Command], *, is_sh: bool) -> tuple[str, str]:
    """Why no value may stand anywhere in the script, and what that is about; two empty texts where one may."""
    if is_sh and tree.bashisms:
        return "dialect", tree.bashisms[0]
    if TRANSLATED in tree.bashisms:
        return "dialect", TRANSLATED
    if is_sh and _may_run_input(tree):
        return "here-command", "busybox"
    for command, words in commands:
        texts = [word.text or "" for word in _named(words)]
        name = texts[0] if texts else ""
        set_here = (f"{each.name}={nodes.name_of(each.value)}" for each in command.assignments)
        if any(map(_ADDRESS_RUNS.fullmatch, (*(word.text or word.lead for word in words), *set_here))):
            return "evaluates", "git"
        if name == "alias" or any(map(_ALIAS.search, texts)) or (name == "shopt" and "expand_aliases" in texts):
            return "alias", "alias"
        if name == "set" and any(map(_sets_keyword, texts[1:])):
            return "dialect", "set -k"  # `PATH=…` among the arguments would be an assignment
        if is_sh and name in BASH_ONLY:
            return "dialect", name
    return "", ""


def _may_run_input(tree: nodes.Tree) -> bool:
    """Whether busybox may run the standard input as a script.

    It does where a command in a here-document of a compound command ends the shell by an error, while something in
    the same substitution is redirected: the process of the substitution goes on as if it were the script, and reads on
    from its standard input.
    """
    statements = list(nodes.statements_in(tree.statements))
    functions = {each.name: each for each in statements if isinstance(each, nodes.Function)}
    compound = (each for each in statements if not isinstance(each, nodes.Simple))
    texts = [one.target for each in compound for one in getattr(each, "redirects", ()) if one.is_text]
    return any(map(partial(_may_go_on, functions), texts))


def _may_go_on(functions: Mapping[str, nodes.Function], text: object) -> bool:
    """Whether a substitution of a here-document has a redirection, and a command that can end the shell by an error."""
    inside, called = list(nodes.statements_in(text)), set[str]()
    for each in inside:  # grows by what the called functions do
        name = nodes.name_of(each.words[0]) if isinstance(each, nodes.Simple) and each.words else ""
        if name in functions and name not in called:
            called.add(name)
            inside += nodes.statements_in(functions[name].body)
    return any(getattr(each, "redirects", ()) for each in inside) and any(map(_may_end_shell, inside))


def _may_end_shell(statement: nodes.Statement) -> bool:
    if not isinstance(statement, nodes.Simple):
        return False
    name = nodes.name_of(statement.words[0]) if statement.words else ""
    return not name or name.startswith("$") or name in _ENDS_SHELL  # an assignment fails if the variable is readonly


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
