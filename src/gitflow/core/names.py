"""Names: their patterns, the words that are taken, and near misses."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: The patterns as JSON Schema can hold them too; matched against the whole name.
WORKSPACE_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]*"
DEFINITION_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"  #: actions, tasks, triggers, connections
STEP_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
SECRET_NAME = r"[A-Za-z_][A-Za-z0-9_]*"

#: Characters of a definition's or a step's name.
MAX_NAME_LENGTH = 100
#: Names that are compared with one that is not known: some 20 ms.
_MAX_COMPARED = 1000

#: What a template may see beside finished steps.
CONTEXT_NAMES = frozenset({"input", "secret", "job", "each", "env", "hook"})

#: Words a template reads as something else than a name.
LITERALS = frozenset({"true", "false", "none", "null", "True", "False", "None"})
OPERATORS = frozenset({"and", "or", "not", "in", "is", "if", "else"})
BUILT_INS = frozenset({"loop", "range", "dict", "namespace", "self"})

#: No step may be called one of these: a template could not name it.
RESERVED_STEP_NAMES = CONTEXT_NAMES | LITERALS | OPERATORS | BUILT_INS


def is_workspace_name(text: str) -> bool:
    return re.fullmatch(WORKSPACE_NAME, text) is not None


def is_definition_name(text: str) -> bool:
    return len(text) <= MAX_NAME_LENGTH and re.fullmatch(DEFINITION_NAME, text) is not None


def is_step_name(text: str) -> bool:
    """Whether a step may be called so; ``name[0]``, a loop's instance, is not such a name."""
    return len(text) <= MAX_NAME_LENGTH and re.fullmatch(STEP_NAME, text) is not None and not is_reserved(text)


def is_reserved(step: str) -> bool:
    return template_name(step) in RESERVED_STEP_NAMES


def closest(name: str, known: Iterable[str]) -> str:
    """``did you mean "build"?`` for the nearest known name, or an empty string."""
    found = nearest(name, known)
    return "" if found is None else f'did you mean "{found}"?'


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is written most alike, if there is one.

    The name may be anybody's, so what is compared is bounded: no long names, and of many known ones some that
    begin or end alike.
    """
    import difflib  # only needed when something is wrong

    if len(name) > 2 * MAX_NAME_LENGTH:
        return None
    compared = list(known)
    if len(compared) > _MAX_COMPARED:
        compared = [one for one in compared if one[:2] == name[:2] or one[-3:] == name[-3:]][:_MAX_COMPARED]
    return next(iter(difflib.get_close_matches(name, compared, n=1, cutoff=0.6)), None)


def template_name(name: str) -> str:
    """How a name is written in a template: ``say-hello`` is ``say_hello``."""
    return name.replace("-", "_")


def instance_name(loop: str, index: int) -> str:
    return f"{loop}[{index}]"
