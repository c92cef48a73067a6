"""Values never become code: ``{{ … }}`` in a script becomes a quoted reference to an environment variable.

``prepare`` finds every template, writes a reference that fits the quotes around it (``quoting``), and has the very
text that will run read by the exact parsers of its dialect (``parsers``). Each reference must be found in every one
of these trees, as often as it was written, in quotes and in a place where it is data (``contexts``); a reference that
is not found there refuses the script. Nothing of this happens at run time: the script that runs is the one judged.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.language.definition import Script
from gitflow.core.problems import Severity
from gitflow.core.record import Record
from gitflow.definitions.shell.draft import Draft
from gitflow.definitions.shell.quoting import FORMS
from gitflow.definitions.shell.tables import PLACES
from gitflow.definitions.shell.text import BLOCK, COMMENT, Template, outside, templates_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gitflow.definitions.shell.dataflow import Flow
    from gitflow.definitions.shell.parsers import Reading
    from gitflow.definitions.shell.refusals import Use


class Fault(Record):
    offset: int  #: in characters into the text
    rule: str
    message: str
    hint: str
    severity: Severity = Severity.ERROR


class Prepared(Record):
    """``script`` is None where a fault is an error."""

    script: Script | None
    faults: tuple[Fault, ...] = ()


#: Reasons for which the row of the program knows what to write instead.
_ADVISED = frozenset({"evaluates", "option", "operand"})


class Readings:
    """What the parsers made of the scripts of one load, and what was said of them: many files hold the same script."""

    def __init__(self, trees: Mapping[tuple[str, str], Reading]) -> None:
        self.trees = trees
        self.prepared: dict[object, Prepared] = {}


def _never(expression: str) -> bool:
    return False


def prepare(
    text: str,
    dialect: str = "sh",
    is_number: Callable[[str], bool] = _never,
    *,
    environment: frozenset[str] = frozenset(),
    readings: Readings | None = None,
) -> Prepared:
    """The script with its values outside of it.

    ``dialect`` is ``sh``, ``dash`` or ``bash``. ``is_number`` says which expressions are sure to give a number or a
    boolean. ``environment``: variables of the action's ``env`` that hold a template. ``readings``: what
    ``read_scripts`` has found already.
    """
    if "{{" not in text and "{%" not in text and "{#" not in text and not environment:
        return Prepared(Script(text))
    templates = templates_of(text)
    if readings is None:
        return _prepared(text, dialect, templates, is_number, environment, {})
    key = text, dialect, tuple(is_number(each.expression) for each in templates), environment
    found = readings.prepared.get(key)
    if found is None:
        found = _prepared(text, dialect, templates, is_number, environment, readings.trees)
        readings.prepared[key] = found
    return found


def _prepared(
    text: str,
    dialect: str,
    templates: list[Template],
    is_number: Callable[[str], bool],
    environment: frozenset[str],
    trees: Mapping[tuple[str, str], Reading],
) -> Prepared:
    faults = [*_blocks(text, templates), *_misread(templates)]
    if faults:
        return Prepared(None, tuple(faults))
    if not templates and not environment:
        return Prepared(Script(text))
    draft = Draft(text, templates)
    misplaced = [*_misplaced(draft)]
    faults = [*_pastes(draft), *misplaced]
    if draft.names or environment:
        found = _judged(draft, dialect, is_number, environment, trees)
        # what stands in for a misplaced template may be what cannot be read
        faults += [fault for fault in found if not misplaced or fault.rule != "shell-unreadable"]
    return Prepared(None if _refused(faults) else draft.script(), tuple(faults))


def read_scripts(scripts: Iterable[tuple[str, str]]) -> Readings:
    """Reads many scripts at once, each given as its dialect and text, for ``prepare`` to look at."""
    from gitflow.definitions.shell.tree_cache import readings_of

    drafts: list[tuple[str, str]] = []
    for dialect, text in dict.fromkeys(scripts):
        templates = templates_of(text)
        if templates and not [*_blocks(text, templates), *_misread(templates)]:
            draft = Draft(text, templates)
            if draft.names:
                drafts.append((dialect, draft.judged))
    return Readings(readings_of(drafts) if drafts else {})


def _refused(faults: Sequence[Fault]) -> bool:
    return any(fault.severity is Severity.ERROR for fault in faults)


def _blocks(text: str, templates: list[Template]) -> Iterator[Fault]:
    rest = outside(text, templates)
    if found := BLOCK.search(rest):
        message = "`{% … %}` would change the script itself, and a script is never changed by values"
        hint = "the shell has `if` and `for`, a step has `when` and `for_each`"
        yield Fault(found.start(), "shell-block", message, hint)
    if found := COMMENT.search(rest):
        yield Fault(found.start(), "shell-comment-block", "a script takes no `{# … #}`", "write a shell comment: # …")


def _misread(templates: Sequence[Template]) -> Iterator[Fault]:
    for template in templates:
        if not template.closed:
            hint = 'close it with `}}`; two braces that are meant are written {{ "{{" }}'
            yield Fault(template.start, "shell-unclosed", "this `{{` has no `}}`", hint)
        elif not template.expression:
            yield Fault(template.start, "shell-empty", "there is nothing between the braces", "write {{ input.name }}")
        elif template.trims:
            hint = f"write {template.written}"
            yield Fault(template.start, "shell-trim", "`{{-` would change the script around the value", hint)
        elif template.expression.startswith((".", "$", "range ", "json ")):
            hint = 'write {{ "{{' + template.expression + '}}" }}'
            yield Fault(template.start, "shell-foreign-template", "this is the template of another program", hint)


def _pastes(draft: Draft) -> Iterator[Fault]:
    for template, form in zip(draft.templates, draft.forms, strict=True):
        if form == "raw":
            hint = f"write {template.written.rsplit('|', 1)[0].rstrip()} }}}} to hand it over as data"
            message = "`| raw` pastes the value into the script: whoever chooses the value chooses what runs"
            yield Fault(template.start, "raw-paste", message, hint, Severity.WARNING)


def _misplaced(draft: Draft) -> Iterator[Fault]:
    for template, form in zip(draft.templates, draft.forms, strict=True):
        if form not in FORMS and form not in ("raw", "comment"):
            yield fault_of(template, form)


def fault_of(template: Template, reason: str, program: str = "", *, is_certain: bool = True) -> Fault:
    """What an author reads about a template: ``reason`` is a row of ``tables.PLACES``, or "evaluates"."""
    from gitflow.definitions.shell.programs import PROGRAMS, program_of

    row = PROGRAMS.get(program) or program_of(program)
    why, hint = PLACES["place"] if reason == "evaluates" else PLACES[reason]
    message = f"a value cannot stand here: {why}"
    if row is not None and reason == "evaluates":
        message = f"a value cannot be an argument of `{program}`: {row.why}"
    if row is not None and reason in _ADVISED:
        hint = row.advice
    message, hint = message.replace("{program}", program), hint.replace("{program}", program)
    severity = Severity.ERROR if is_certain else Severity.WARNING
    return Fault(template.start, f"shell-{reason}", message, hint.replace("@", template.written), severity)


# judging


def _judged(
    draft: Draft,
    dialect: str,
    is_number: Callable[[str], bool],
    environment: frozenset[str],
    readings: Mapping[tuple[str, str], Reading],
) -> list[Fault]:
    from gitflow.definitions.shell import parsers, tree_cache
    from gitflow.definitions.shell.nodes import Unreadable

    if ("bash", draft.judged) not in readings:
        readings = tree_cache.readings_of([(dialect, draft.judged)])
    first = draft.templates[0] if draft.templates else Template(0, 0, "")
    trees = {grammar: readings[grammar, draft.judged] for grammar in parsers.grammars_of(dialect)}
    for grammar, tree in trees.items():
        if isinstance(tree, Unreadable):
            return [_unreadable(first, grammar, tree, trees["bash"])]
    faults: dict[tuple[int, str], Fault] = {}
    for tree in trees.values():
        assert not isinstance(tree, Unreadable)
        if not _refused(list(faults.values())):  # only bash's tree has places, so what it finds is said first
            for fault in _of_tree(draft, tree, is_number, is_sh=dialect != "bash"):
                faults.setdefault((fault.offset, ""), fault)
    if not _refused(list(faults.values())):
        tree = trees["bash"]
        assert not isinstance(tree, Unreadable)
        for fault in _of_flows(draft, tree, dialect, is_number, environment):
            faults.setdefault((fault.offset, fault.message), fault)
    return list(faults.values())


def _unreadable(first: Template, grammar: str, error: Exception, other: Reading) -> Fault:
    """What the parser of a grammar says, or the construct that only bash knows."""
    bashisms = getattr(other, "bashisms", ())
    if bashisms and grammar != "bash":
        return fault_of(first, "dialect", bashisms[0])
    like = fault_of(first, "unreadable", grammar)
    return Fault(like.offset, like.rule, f"{like.message}: {error}", like.hint)


def _of_tree(draft: Draft, tree: object, is_number: Callable[[str], bool], *, is_sh: bool) -> Iterator[Fault]:
    """What one tree has against the references: each must be in it, and in a place where it is data."""
    from gitflow.definitions.shell.contexts import Walk
    from gitflow.definitions.shell.inner import judge_script
    from gitflow.definitions.shell.nodes import Tree

    assert isinstance(tree, Tree)
    variables = frozenset(draft.names.values())
    numbers = frozenset(name for expression, name in draft.names.items() if is_number(expression))
    walk = Walk(tree, variables.__contains__, judge_script, is_sh=is_sh, is_number=numbers.__contains__)
    uses = walk.run()
    for use in uses:
        if use.reason:
            yield fault_of(_template_of(draft, use), use.reason, use.program, is_certain=use.is_certain)
    yield from _missing(draft, uses)


def _missing(draft: Draft, uses: Sequence[Use]) -> Iterator[Fault]:
    """The references that the parser did not see as such, as often as they were written."""
    seen = Counter(use.name for use in uses)
    offsets = {use.offset for use in uses}
    has_offsets = any(offset >= 0 for offset in offsets)
    for place, index in draft.places.items():
        template = draft.templates[index]
        name = draft.names[template.expression]
        wanted = sum(draft.templates[other].expression == template.expression for other in draft.places.values())
        if seen[name] != wanted or (has_offsets and place not in offsets):
            yield fault_of(template, "missing")


def _template_of(draft: Draft, use: Use) -> Template:
    """The template that a use refers to: by its place, or else the first with the same value."""
    index = draft.places.get(use.offset)
    if index is not None:
        return draft.templates[index]
    for index in draft.places.values():
        if draft.names[draft.templates[index].expression] == use.name:
            return draft.templates[index]
    return draft.templates[0] if draft.templates else Template(0, 0, use.name)


def _of_flows(
    draft: Draft, tree: object, dialect: str, is_number: Callable[[str], bool], environment: frozenset[str]
) -> Iterator[Fault]:
    from gitflow.definitions.shell.dataflow import flows_of
    from gitflow.definitions.shell.inner import judge_script, parse_script
    from gitflow.definitions.shell.nodes import Tree

    assert isinstance(tree, Tree)
    sources = frozenset(name for expression, name in draft.names.items() if not is_number(expression))
    if not sources and not environment:
        return
    seen: set[tuple[str, str, str]] = set()
    parse = partial(parse_script, dialect=dialect)
    for flow in flows_of(tree, sources.__contains__, judge_script, parse, environment):
        key = flow.what, flow.use.reason, flow.use.program
        if key not in seen:
            seen.add(key)
            yield _flow_fault(draft, flow)


_FLOW_HINTS = {
    "arithmetic": "check it first: case ${name} in (*[!0-9]*|'') exit 2;; esac",
    "numeric-test": 'write [ "${name}" -eq 1 ], which does not evaluate it',
}
_FLOW_HINT = "use it as an argument in quotes, or check it first with a `case` that lists what you expect"


def _flow_fault(draft: Draft, flow: Flow) -> Fault:
    from gitflow.definitions.shell.programs import PROGRAMS

    use = flow.use
    row = PROGRAMS.get(use.program)
    why = row.why if use.reason == "evaluates" and row else PLACES[use.reason][0].replace("{program}", use.program)
    if use.program and use.program not in why:
        why = f"`{use.program}`: {why}"
    severity = Severity.ERROR if flow.is_certain else Severity.WARNING
    hint = _FLOW_HINTS.get(use.reason, _FLOW_HINT).replace("{name}", use.name)
    return Fault(
        _offset_of(draft, use),
        "shell-flows-into-code",
        f"the value in `{flow.what}` becomes code here: {why}",
        hint,
        severity,
    )


def _offset_of(draft: Draft, use: Use) -> int:
    """Where a use stands in the text, by its offset in the judged text."""
    index = draft.places.get(use.offset)
    if index is not None:
        return draft.templates[index].start
    if use.offset < 0:
        return _template_of(draft, use).start
    # the same distance behind the last template before it
    before = [(place, index) for place, index in draft.places.items() if place < use.offset]
    if not before:
        return len(draft.judged.encode()[: use.offset].decode(errors="ignore"))
    place, index = max(before)
    template = draft.templates[index]
    written = FORMS[draft.forms[index]] % draft.names[template.expression]
    rest = draft.judged.encode()[place : use.offset].decode(errors="ignore")
    return min(template.end + max(0, len(rest) - (len(written) - written.index("$"))), len(draft.text))
