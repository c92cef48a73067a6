"""Values that become code by way of the script's own variables, functions and files: ``x={{ … }}; eval "$x"``.

The value arrives in the variable as data; what the script does with the variable then is judged by the same walk as
a template would be. It is certain where every assignment of the script gives the variable such a value, and possible
where some do, or where it comes by way of a function, a file or another command's output. What the script checks
first (``guards``) is trusted.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.carriers import (
    ENVIRONMENT,
    OWN_INPUT,
    Carriers,
    described,
    fed_by,
    is_carrier,
    is_input,
    may_print_environment,
)
from gitflow.definitions.shell.commands import Judge
from gitflow.definitions.shell.contexts import Walk
from gitflow.definitions.shell.guards import TRUSTED, TRUSTED_IN_FUNCTIONS, is_checked
from gitflow.definitions.shell.refusals import Use
from gitflow.definitions.shell.spread import POSITIONAL, Spread
from gitflow.definitions.shell.tables import table_of
from gitflow.definitions.shell.variants import with_variants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gitflow.definitions.shell.contexts import Script
    from gitflow.definitions.shell.given_up import Lines
    from gitflow.definitions.shell.words import Word

    #: Reads a script inside of a script for the program that gets it; None where it cannot be read.
    Parse = Callable[[str, str], nodes.Tree | None]

#: Reasons by which a variable's value is code. The others concern how a template is written, and not its value.
_CODE = table_of(
    """
    arithmetic subscript numeric-test variable-test variable-name command-name evaluates stdin indirect reserved
    special-variable integer-variable inner-script descriptor
    """
)
#: Reasons that are only ever warned of: the value would have to be an option, or name a file that is there, or what
#: the command makes of it cannot be seen.
_POSSIBLE = frozenset({"option", "operand", "format", "unsure"})
_SHELLS = frozenset({"sh", "dash", "ash", "bash", "rbash", "ksh", "mksh", "zsh"})
#: Commands after which any variable may hold anything.
_ASSIGNS_ANYTHING = frozenset({"eval", ".", "source", "declare", "typeset", "local", "export", "readonly", "unset"})


class Flow(Record):
    """A use of a variable, a function's argument or a file that makes code of a value."""

    use: Use
    what: str  #: how the value gets there, such as "$x"
    is_certain: bool


def flows_of(
    tree: nodes.Tree,
    is_source: Callable[[str], bool],
    script: Script,
    parse: Parse,
    given: frozenset[str] = frozenset(),
    trusted: frozenset[str] = TRUSTED,
) -> list[Flow]:
    """``is_source``: whether a variable stands for a template. ``given``: variables of the ``env`` that hold one.

    ``trusted``: the commands that a check may stand on, other ones in the body of a function.
    """
    return _Flows(tree, is_source, script, parse, given, trusted=trusted).found()


class _Flows:
    def __init__(
        self,
        tree: nodes.Tree,
        is_source: Callable[[str], bool],
        script: Script,
        parse: Parse,
        given: frozenset[str],
        files: frozenset[str] = frozenset(),
        *,
        trusted: frozenset[str] = TRUSTED,
    ) -> None:
        carriers = Carriers(with_variants(tree))
        self.tree = carriers.tree
        self.script = script
        self.parse = parse
        self.is_source = is_source
        self.spread = Spread(self.tree, is_source, given, files, carriers.feeds, carriers.prints_environment)
        self.tainted = self.spread.tainted
        self.trusted: frozenset[str] = frozenset() if TRUSTED_IN_FUNCTIONS & self.spread.functions.keys() else trusted
        self.walk = Walk(self.tree, self.tainted.__contains__, script, is_strict=False, files=self.spread.files)

    def found(self) -> list[Flow]:
        flows = [*self._calls()]
        if self.tainted or self.spread.files:
            flows += [flow for use in self.walk.run() for flow in self._flow(use)]
            flows += [*self._makefiles(), *self._some_file()]
        flows += self._inner_scripts()
        if flows or not self.tainted.keys() - {ENVIRONMENT}:
            return flows
        return [*self._anything()]

    def _flow(self, use: Use) -> Iterator[Flow]:
        if use.reason not in _CODE | _POSSIBLE:
            return
        if use.name not in self.tainted:
            yield Flow(use, f"the file {use.name}", False)
            return
        held = self.spread.held(use.name, use.at, self.walk.order)
        if held is not None and not self._is_checked(use, self.spread.lines):
            certain = held and use.is_certain and use.reason in _CODE
            yield Flow(use, described(use.name), certain and not self._is_checked(use, self.spread.lines.joined()))

    def _is_checked(self, use: Use, lines: Lines) -> bool:
        order = self.walk.order
        sites = self.spread.places(use.name, order)
        return is_checked(lines, use, sites, order, self.trusted)

    # other scripts

    def _calls(self) -> Iterator[Flow]:
        """``run {{ a }}`` where ``run`` makes code of its arguments."""
        for call, function, given in self.spread.calls():
            positional = frozenset(str(index) for index, holds in enumerate(given, start=1) if holds) | {"@", "*"}
            if any(self._shifts(inner) for inner in nodes.statements_in(function.body)):
                positional = POSITIONAL
            parameters = [each for each in nodes.parameters_in(call.words) if self._is_held(each.name)]
            offset = parameters[0].offset if parameters else -1
            direct = all(self.tainted.get(each.name, 2) == 2 for each in parameters)
            for flow in self._in_function(function, positional):
                use = flow.use
                moved = Use(use.name, offset, use.reason, use.program, use.is_certain, use.at)
                yield Flow(moved, f"{flow.what} of {function.name}()", flow.is_certain and direct)

    def _in_function(self, function: nodes.Function, given: frozenset[str]) -> list[Flow]:
        body = nodes.Tree(function.body)
        return flows_of(body, _never, self.script, self.parse, given, self.trusted and TRUSTED_IN_FUNCTIONS)

    def _is_held(self, name: str) -> bool:
        return name in self.tainted or self.is_source(name)

    def _shifts(self, statement: nodes.Statement) -> bool:
        words = self._words(self.spread.innermost(statement))
        return bool(words) and words[0].text in ("shift", "set", "getopts")

    def _words(self, statement: nodes.Statement) -> list[Word]:
        return [self.walk.word(word) for word in statement.words] if isinstance(statement, nodes.Simple) else []

    def _inner_scripts(self) -> Iterator[Flow]:
        """``export x; sh -c 'eval "$x"'``, ``eval 'use $x'``, ``trap '$x' EXIT``."""
        variables = [name for name in self.tainted if not is_carrier(name)]
        for each in self.spread.statements:
            is_fed = self.spread.fed(each) > 0
            if not (is_fed or self.tainted or self.spread.files or self.spread.has_values):
                continue
            words = self._words(each)
            scripts = self.walk.judge.scripts_of(words) if words else []
            bodies = [redirect.literal for redirect in getattr(each, "redirects", ()) if redirect.literal]
            shells = [(word.text or "").rpartition("/")[2] for word in words if bodies]
            shell = next(filter(_SHELLS.__contains__, reversed(shells)), "")
            if shell and self.walk.reads_program([each]):
                scripts += [(shell, body) for body in bodies]
            fed = next((name for name in self._inputs_of(each) if name in self.tainted), "")
            fed = fed or (OWN_INPUT if is_fed else "")
            for name, text in scripts:
                yield from self._inner_script(name, text, fed, variables)
            if words and any("$" in file for file in self.spread.files):
                for name, text in self.walk.judge.scripts_of(words, named=True):
                    yield from self._inner_script(name, text, fed, [])

    def _inputs_of(self, each: nodes.Statement) -> list[str]:
        carries = each.carries if isinstance(each, nodes.Simple) else ()
        return [parameter.name for parameter in carries if is_input(parameter.name)]

    def _inner_script(self, program: str, text: str, fed: str, variables: Sequence[str]) -> Iterator[Flow]:
        held = [*variables, *filter(None, [fed])]
        if self.spread.has_values and may_print_environment(text):
            held.append(ENVIRONMENT)
        named = [name for name in (*variables, *sorted(self.spread.files)) if name in text] or held[len(variables) :]
        if not named:
            return
        tree = self.parse(text, program)
        if tree is None:
            name = named[0]
            yield Flow(Use(name, -1, "inner-script", "sh", False), described(name), False)
            return
        tree = fed_by(fed, tree) if fed else tree
        inner = _Flows(tree, _never, self.script, self.parse, frozenset(held), self.spread.files)
        for flow in inner.found():
            use = flow.use
            yield Flow(Use(use.name, -1, use.reason, use.program, False), flow.what, False)

    def _makefiles(self) -> Iterator[Flow]:
        """``export x; make``: a makefile that uses ``$(x)`` expands what it holds, ``$(shell …)`` included."""
        for name in sorted(self.spread.exported & self.tainted.keys()):
            for each in self.spread.statements:
                program = self.walk.judge.environment_reader(self._words(each))
                if program is not None and program.reads_environment:
                    yield Flow(Use(name, -1, "evaluates", program.name, False), f"${name}", False)

    def _some_file(self) -> Iterator[Flow]:
        """``echo {{ a }} > f.sh; for f in *.sh; do sh $f; done``."""
        files = sorted(name for name in self.spread.files if "$" not in name)
        judge = Judge(partial(_may_name, files), self.script)
        for each in self.spread.statements if files else ():
            words = self._words(each)
            refusal = judge.refusal(words) if words else None
            if refusal is not None and refusal.reason in ("operand", "command-name"):
                yield Flow(Use(files[0], -1, refusal.reason, refusal.program, False), f"the file {files[0]}", False)

    def _anything(self) -> Iterator[Flow]:
        """Where the script assigns to names that are not written in it, any variable may hold the value."""
        if not any(map(self._assigns_anything, self.spread.statements)):
            return
        walk = Walk(self.tree, lambda name: name not in self.tainted, self.script, is_strict=False)
        first = self.spread.first(self.walk.order)
        for use in walk.run():
            if use.reason in _CODE and use.name and use.at - 1 > first:
                yield Flow(use, f"${use.name}", False)

    def _assigns_anything(self, statement: nodes.Statement) -> bool:
        words = self._words(self.spread.innermost(statement))
        if not words or words[0].text not in _ASSIGNS_ANYTHING:
            return False
        if words[0].text in (".", "source"):
            return True
        if words[0].text == "eval":
            return any(word.text is None for word in words[1:])
        dynamic = [word for word in words[1:] if word.text is None and not word.lead.partition("=")[1]]
        return bool(dynamic) or any(word.lead.startswith("-") and "n" in word.lead for word in words[1:])


def _may_name(files: Sequence[str], word: Word) -> bool:
    """Whether a word that is not literal may be the name of one of the files."""
    if word.text is not None:
        return "{}" in word.text  # which `find` and `xargs` replace
    lead = word.lead.removeprefix("./")
    return "/" in lead or any(name.rpartition("/")[2].startswith(lead) or name.startswith(lead) for name in files)


def _never(name: str) -> bool:
    return False
