"""Names: their patterns, the reserved words, and suggestions for misspelt names."""

from __future__ import annotations

from gitflow.core.patterns import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: The patterns in a syntax that JSON Schema shares; they are matched against the whole name.
WORKSPACE_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]*"
DEFINITION_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"  #: actions, tasks, triggers, connections
STEP_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
SECRET_NAME = r"[A-Za-z_][A-Za-z0-9_]*"

_WORKSPACE, _DEFINITION, _STEP = pattern(WORKSPACE_NAME), pattern(DEFINITION_NAME), pattern(STEP_NAME)

#: The longest name of a definition or step, in characters.
MAX_NAME_LENGTH = 100
#: How many known names are compared with an unknown one; this takes some 20 ms.
_MAX_COMPARED = 1000

#: How many known names a hint lists at most.
_MAX_LISTED = 8

#: The names that templates have beside the finished steps.
CONTEXT_NAMES = frozenset({"input", "secret", "job", "each", "env", "hook"})

#: Words that are not names in a template.
LITERALS = frozenset({"true", "false", "none", "null", "True", "False", "None"})
OPERATORS = frozenset({"and", "or", "not", "in", "is", "if", "else"})
BUILT_INS = frozenset({"loop", "range", "dict", "namespace", "self"})

#: Names that no step may have, because a template could not refer to it.
RESERVED_STEP_NAMES = CONTEXT_NAMES | LITERALS | OPERATORS | BUILT_INS


def is_workspace_name(text: str) -> bool:
    return _WORKSPACE.fullmatch(text) is not None


def is_definition_name(text: str) -> bool:
    return len(text) <= MAX_NAME_LENGTH and _DEFINITION.fullmatch(text) is not None


def is_step_name(text: str) -> bool:
    """Whether a step may have this name; ``name[0]``, an instance of a loop, is not a step name."""
    return len(text) <= MAX_NAME_LENGTH and _STEP.fullmatch(text) is not None and not is_reserved(text)


def is_reserved(step: str) -> bool:
    return template_name(step) in RESERVED_STEP_NAMES


def closest(name: str, known: Iterable[str]) -> str:
    """``did you mean "build"?`` for the nearest known name, or an empty string."""
    found = nearest(name, known)
    return "" if found is None else f'did you mean "{found}"?'


def suggestion(name: str, known: Iterable[str]) -> str:
    """What ``closest`` says; if no name is near, the known names, if they are few."""
    names = list(known)
    listed = f"known: {', '.join(sorted(names))}" if 0 < len(names) <= _MAX_LISTED else ""
    return closest(name, names) or listed


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The most similar known name, if there is one.

    The name may come from anybody, so the work is bounded: long names are not compared, and of many known names only
    some that begin or end like it.
    """
    import difflib  # needed only for an error

    if len(name) > 2 * MAX_NAME_LENGTH:
        return None
    compared = list(known)
    if len(compared) > _MAX_COMPARED:
        compared = [one for one in compared if one[:2] == name[:2] or one[-3:] == name[-3:]][:_MAX_COMPARED]
    longer = [one for one in compared if len(name) > 1 and one.startswith(name)]  # "exp" for "exponential"
    same_start = [one for one in compared if one[:1] == name[:1]]  # half of the letters are enough: "sale" for "sell"
    found = difflib.get_close_matches(name, compared, 1, 0.6) or difflib.get_close_matches(name, same_start, 1, 0.5)
    return next(iter(found or longer), None)


def template_name(name: str) -> str:
    """The name as a template writes it: ``say_hello`` for ``say-hello``."""
    return name.replace("-", "_")


def instance_name(loop: str, index: int) -> str:
    return f"{loop}[{index}]"
