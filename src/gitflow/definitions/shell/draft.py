"""A script with its references written, before anybody has judged it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.core.language.definition import Script
from gitflow.definitions.shell.quoting import FORMS, forms_of
from gitflow.definitions.shell.text import Template, outside

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Characters that hide where a word or a line ends.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u2028\u2029\ufeff]")
#: What stands in the judged text where ``| raw`` pastes, and where a template is refused already.
_PASTED, _REFUSED = "gitflow_pasted", "0"


class Draft:
    """``judged`` is the text that the parsers read: the very text that will run, but for ``| raw``."""

    def __init__(self, text: str, templates: Sequence[Template]) -> None:
        self.text = text
        self.templates = templates
        controls = _CONTROLS.search(outside(text, list(templates))) is not None
        forms = forms_of(text, templates)
        self.forms = ["control" if controls and form not in ("raw", "comment") else form for form in forms]
        self.names = self._names()
        self.places: dict[int, int] = {}  #: by the offset of a reference in bytes: which template it is
        self.judged = self._judged()

    def _names(self) -> dict[str, str]:
        """A variable for each expression, by names that the script does not use itself."""
        names: dict[str, str] = {}
        number = 0
        for template, form in zip(self.templates, self.forms, strict=True):
            if form not in FORMS or template.expression in names:
                continue
            number += 1
            while f"GITFLOW_V{number}" in self.text:
                number += 1
            names[template.expression] = f"GITFLOW_V{number}"
        return names

    def _judged(self) -> str:
        """The text that will run; where ``| raw`` pastes, a word stands in its place."""
        parts: list[str] = []
        at = size = 0
        for index, (template, form) in enumerate(zip(self.templates, self.forms, strict=True)):
            before = self.text[at : template.start]
            written = self._written(template, form)
            size += len(before.encode())
            if form in FORMS:
                self.places[size + written.index("$")] = index
            size += len(written.encode())
            parts += (before, written)
            at = template.end
        return "".join([*parts, self.text[at:]])

    def _written(self, template: Template, form: str) -> str:
        if form in FORMS:
            return FORMS[form] % self.names[template.expression]
        kept = self.text[template.start : template.end]
        return {"raw": _PASTED, "comment": kept}.get(form, _REFUSED)

    def script(self) -> Script:
        raw = "raw" in self.forms
        values = tuple((name, expression) for expression, name in self.names.items())
        if not raw:
            return Script(self.judged, values)
        parts: list[str] = []
        at = 0
        for template, form in zip(self.templates, self.forms, strict=True):
            kept = self.text[template.start : template.end]
            written = kept if form == "raw" else _escaped(kept) if form == "comment" else self._written(template, form)
            parts += (_escaped(self.text[at : template.start]), written)
            at = template.end
        return Script("".join([*parts, _escaped(self.text[at:])]), values, raw)


def _escaped(text: str) -> str:
    """Text that comes back unchanged when templates are filled in, for the sake of ``| raw``."""
    return text.replace("{{", "{{ '{{' }}")
