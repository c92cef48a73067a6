"""Values never become code: ``{{ … }}`` in a script becomes a quoted reference to an environment variable.

``prepare`` finds every template, asks the shell's grammar where it stands (``shell_places``), and writes the
reference that fits the place. Places are allowed by list: whatever is not known to be safe is a Fault that
says what to write instead. Nothing of this happens at run time: the script that runs is the one prepared here.
"""

from __future__ import annotations

import re

from gitflow.core.definition import Script
from gitflow.core.problems import Severity
from gitflow.core.record import record
from gitflow.definitions.shell_tables import PLACES
from gitflow.definitions.shell_text import BLOCK, COMMENT, Template, outside, templates_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gitflow.definitions.shell_places import Parsed

#: How a reference is written in each form that a place can ask for; ``raw`` and ``comment`` keep the text.
FORMS = {
    "bare": '"${%s}"',
    "inside": "${%s}",
    "single": "'\"${%s}\"'",
    "ansi": "'\"${%s}\"$'",
}

#: What makes it worth while to look for variables, and for options.
_ASSIGNS = re.compile(r"[A-Za-z0-9_]\+?=|\bfor\s")
_OPTIONS = re.compile(r"\b(?:tar|bsdtar|rsync|git|find|curl|wget|scp|sftp|zip)\b")


@record
class Fault:
    offset: int  #: in characters into the text
    rule: str
    message: str
    hint: str
    severity: Severity = Severity.ERROR


@record
class Prepared:
    """``script`` is None where a fault is an error."""

    script: Script | None
    faults: tuple[Fault, ...] = ()


def _anything(expression: str) -> bool:
    return False


def prepare(text: str, dialect: str = "sh", is_number: Callable[[str], bool] = _anything) -> Prepared:
    """The script with its values outside of it. ``dialect`` is ``sh``, ``dash`` or ``bash``; ``is_number``
    says which expressions are sure to give a number or a boolean, which can do no harm as code."""
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return Prepared(Script(text))
    templates = templates_of(text)
    faults = [*_blocks(text, templates), *_misread(templates)]
    if faults or not templates:
        return Prepared(None if faults else Script(text), tuple(faults))
    forms, faults = _judged(text, templates, dialect, is_number)
    if any(fault.severity is Severity.ERROR for fault in faults):
        return Prepared(None, tuple(faults))
    return Prepared(_script(text, templates, forms), tuple(faults))


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


def _judged(
    text: str, templates: Sequence[Template], dialect: str, is_number: Callable[[str], bool]
) -> tuple[list[str], list[Fault]]:
    """The form of each template, and what is wrong; warnings wait until nothing else is."""
    from gitflow.definitions.shell_places import Parsed, has_controls  # the grammar, only for scripts that need it

    if has_controls(text, templates):
        forms = ["raw" if template.is_raw else "control" for template in templates]
        return forms, list(_refusals(templates, forms))
    parsed = Parsed(text, templates, dialect)
    forms = parsed.forms()
    faults = list(_refusals(templates, forms))
    if not any(fault.severity is Severity.ERROR for fault in faults):
        data = [
            form in FORMS and not is_number(template.expression)
            for template, form in zip(templates, forms, strict=True)
        ]
        faults += _warnings(text, parsed, data)
    return forms, faults


def _warnings(text: str, parsed: Parsed, data: Sequence[bool]) -> Iterator[Fault]:
    """``data``: which of the templates could be any text."""
    starts = {start: index for index, (start, _) in enumerate(parsed.spans) if data[index]}
    if starts and _ASSIGNS.search(parsed.text):
        from gitflow.definitions.shell_flows import flows_of

        for flow in flows_of(parsed.root, parsed.reading, frozenset(starts)):
            message = f"the value in `{flow.name}` becomes code here: {flow.why}"
            yield Fault(parsed.written_at(flow.offset), "shell-flows-into-code", message, flow.hint, Severity.WARNING)
    if starts and _OPTIONS.search(text):
        from gitflow.definitions.shell_options import COMMANDS, loose_of

        for loose in loose_of(parsed.root, parsed.reading):
            if loose.start in starts:
                template = parsed.templates[starts[loose.start]]
                like, hint = COMMANDS[loose.command]
                message = f"a value that begins with a dash would be an option of `{loose.command}`, such as {like}"
                hint = hint.replace("@", template.written)
                yield Fault(template.start, "shell-option", message, hint, Severity.WARNING)


def _refusals(templates: Sequence[Template], forms: Sequence[str]) -> Iterator[Fault]:
    """A form is one of FORMS, ``comment``, or what is wrong: a row of PLACES, or ``evaluates:NAME``."""
    for template, form in zip(templates, forms, strict=True):
        if form == "raw":
            hint = f"write {template.written.rsplit('|', 1)[0].rstrip()} }}}} to hand it over as data"
            message = "`| raw` pastes the value into the script: whoever chooses the value chooses what runs"
            yield Fault(template.start, "raw-paste", message, hint, Severity.WARNING)
        elif form not in FORMS and form != "comment":
            yield _refusal(template, form)


def _refusal(template: Template, form: str) -> Fault:
    if form.startswith("evaluates:"):
        from gitflow.definitions.shell_commands import why_it_evaluates

        name = form.partition(":")[2]
        why, hint = why_it_evaluates(name)
        rule, message = "shell-evaluates", f"a value cannot be an argument of `{name}`: {why}"
    else:
        why, hint = PLACES[form]
        rule, message = f"shell-{form}", f"a value cannot stand here: {why}"
    return Fault(template.start, rule, message, hint.replace("@", template.written))


def _script(text: str, templates: Sequence[Template], forms: Sequence[str]) -> Script:
    names = _names(text, templates, forms)
    raw = "raw" in forms
    keep = _escaped if raw else str
    parts: list[str] = []
    at = 0
    for template, form in zip(templates, forms, strict=True):
        parts.append(keep(text[at : template.start]))
        written = text[template.start : template.end]
        if form in FORMS:
            written = FORMS[form] % names[template.expression]
        elif form == "comment":
            written = keep(written)
        parts.append(written)
        at = template.end
    parts.append(keep(text[at:]))
    return Script("".join(parts), tuple((name, expression) for expression, name in names.items()), raw)


def _names(text: str, templates: Sequence[Template], forms: Sequence[str]) -> dict[str, str]:
    """A variable for each expression, by names that the script does not use itself."""
    names: dict[str, str] = {}
    number = 0
    for template, form in zip(templates, forms, strict=True):
        if form not in FORMS or template.expression in names:
            continue
        number += 1
        while f"GITFLOW_V{number}" in text:
            number += 1
        names[template.expression] = f"GITFLOW_V{number}"
    return names


def _escaped(text: str) -> str:
    """Text that comes back unchanged when templates are filled in, for the sake of ``| raw``."""
    return text.replace("{{", "{{ '{{' }}")
