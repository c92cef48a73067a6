"""The part of a definition that fits its schema, so that what is in it can be checked although the rest has errors.

Values that break the schema are taken out, and so is what cannot be without them: a step without its type goes as a
whole. What follows from that is no mistake of the author, so only rules are reported that look at what was left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitflow.core.names import nearest, template_name
from gitflow.core.record import Record
from gitflow.core.values import is_list, is_object
from gitflow.definitions.source.foreign import CALLED
from gitflow.definitions.source.schemas import faults_of

if TYPE_CHECKING:
    from gitflow.core.problems import Problem
    from gitflow.core.values import Json, JsonObject

    Path = tuple[str | int, ...]

#: Rules whose problems are true of a part: what it names, what waits for what, and its templates.
TRUE_OF_PARTS = frozenset({
    "unknown-action", "unknown-task", "unknown-connection", "unknown-connection-type", "unknown-type", "unknown-secret",
    "unknown-step", "cycle", "template-syntax", "unknown-name", "unknown-input", "unknown-filter", "unknown-function",
    "unknown-test", "bad-cron", "bad-timezone",
})  # fmt: skip
#: Of these, the rules that look at the inputs that a definition declares.
_OF_INPUTS = frozenset({"unknown-input", "unknown-name"})
#: How often a part is checked again: taking a value out may break what contains it, up to the definition.
_ROUNDS = 6


#: Takes the place of a step that says nothing valid about what it runs.
_STUB: JsonObject = {"type": "shell", "cmd": "true"}


class Part(Record):
    plain: JsonObject
    removed: frozenset[str]  #: the names that were taken out
    lacks_inputs: bool  #: whether what declares the inputs of the definition was taken out

    def allows(self, problem: Problem) -> bool:
        """Whether a problem is one of the author, and not of what was taken out."""
        is_true = problem.is_error and problem.rule in TRUE_OF_PARTS
        if not is_true or (self.lacks_inputs and problem.rule in _OF_INPUTS):
            return False
        return not any(
            f"{before}{name}{end}" in problem.message for name in self.removed for before in '".' for end in '".['
        )


def part_of(section: str, name: str, plain: Json) -> Part | None:
    """None if nothing is left that could be checked."""
    whole: JsonObject = {section: {name: _copy(plain)}}
    removed: set[str] = set()
    lacks_inputs = False
    for _ in range(_ROUNDS):
        faults = faults_of(whole)
        if not faults:
            return Part(_at(whole, (section, name)), frozenset(map(template_name, removed)) | removed, lacks_inputs)
        for path in sorted({_removable(path) for path in faults}, key=len, reverse=True):
            if len(path) <= 2:
                return None
            if not _replace_step(whole, path):
                removed.add(str(path[-1]))
                lacks_inputs = lacks_inputs or (len(path) <= 5 and _means_input(str(path[2])))
                _at(whole, path[:-1]).pop(path[-1], None)
    return None


def _removable(path: Path) -> Path:
    """The key that holds the value: an item cannot be taken out of a list, or the places of the others would shift."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return path


def _replace_step(whole: JsonObject, path: Path) -> bool:
    """Whether the path is that of a step, which others may wait for; it goes on waiting for others itself."""
    if len(path) != 4 or path[0] != "tasks" or path[2] != "flow":
        return False
    step = _at(whole, path)
    if not is_object(step) or step.items() >= _STUB.items():
        return False
    kept = {key: step[key] for key in ("depends_on",) if key in step}
    _at(whole, path[:-1])[path[-1]] = {**_STUB, **kept}
    return True


def _means_input(key: str) -> bool:
    return "input" in (key, CALLED.get(key.lower()), nearest(key, ["input"]))


def _at(value: Any, path: Path) -> Any:
    """The value at a path; an empty object where an earlier removal has taken it out."""
    found: Any = value
    for part in path:
        found = found.get(part, {}) if hasattr(found, "get") else found[part]
    return found


def _copy(value: Json) -> Json:
    if is_object(value):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(item) for item in value] if is_list(value) else value
