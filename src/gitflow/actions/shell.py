"""``type: shell``: a script for a shell, a list of words that runs without a shell, or a file of the workspace.

The shell gets a text ``cmd`` as an argument, with the step's name as ``$0``, so an error of the shell reads
``say-hello: 3: jq: not found``. It gets a very long text, and one with values pasted by ``| raw``, which the list of
processes must not show, as a file in the attempt's private folder.
"""

from __future__ import annotations

import os

from gitflow.core.errors import InvalidInput
from gitflow.core.language.sources import DEFINITIONS_FOLDER
from gitflow.core.values import is_list
from gitflow.runners.process_spec import process_of, seen, write_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.values import Json
    from gitflow.runners.base import Process, StepContext

#: ``sh`` has a full path, so that every worker uses the system's; the others are looked up in PATH.
SHELLS = {"sh": "/bin/sh", "dash": "dash", "bash": "bash"}

#: In characters of at most four bytes each: safely below the kernel's limit for one argument.
MAX_WORD_LENGTH = 24 * 1024


def prepare(context: StepContext) -> Process:
    """The process of the step. Raises InvalidInput if the script or working directory is missing or lies outside."""
    return process_of(context, _argv(context), cwd=working_directory(context))


def _argv(context: StepContext) -> list[str]:
    cmd = context.fields.get("cmd")
    if is_list(cmd):
        return _words(cmd)
    if context.script is not None:
        return [*_shell(context), *text_words(context, context.script)]
    script = script_path(context)
    inside = seen(context, script)
    return [inside] if os.access(script, os.X_OK) else [*_shell(context), inside]


def text_words(context: StepContext, text: str) -> list[str]:
    """The words for a shell that runs the text."""
    safe = context.action.script
    if len(text) > MAX_WORD_LENGTH or (safe is not None and safe.raw):
        return [seen(context, write_private(context, "cmd.sh", text))]
    return ["-c", "--", text, context.step]


def _words(cmd: list[Json]) -> list[str]:
    words = plain_words(cmd)
    if not words or not words[0]:
        raise InvalidInput("cmd names no program; its first word must be one")
    return words


def plain_words(words: list[Json]) -> list[str]:
    """The words of a list as texts."""
    return [word if isinstance(word, str) else _text(word) for word in words]


def _text(value: Json) -> str:
    from gitflow.core.templates.render import to_text

    return to_text(value)


def _shell(context: StepContext) -> list[str]:
    name = str(context.fields.get("shell") or "sh")
    if name not in SHELLS:
        raise InvalidInput(f"there is no shell {name!r}; choose one of {', '.join(SHELLS)}")
    program = SHELLS[name] if context.inside is None else name  # an image has its shell anywhere in its PATH
    return [program, "-e"] if context.fields.get("errexit", True) else [program]


def script_path(context: StepContext) -> str:
    """The path of the ``script`` of a shell or python action. Raises InvalidInput."""
    script = str(context.fields.get("script") or "")
    folder, inside = context.files, os.path.normpath(script)
    first, _, rest = inside.partition("/")
    if first == DEFINITIONS_FOLDER:
        folder, inside = context.workflows, rest
    path = _inside(folder, inside, f"script {script!r}", "the workspace")
    if not os.path.isfile(path):
        raise InvalidInput(f"script {script!r} is not a file of the workspace at this revision")
    return path


def working_directory(context: StepContext) -> str:
    """The step's ``workdir``, inside its working copy. Raises InvalidInput."""
    workdir = str(context.fields.get("workdir") or "")
    if not workdir:
        return context.workdir
    path = _inside(context.workdir, workdir, f"workdir {workdir!r}", "the working copy")
    if not os.path.isdir(path):
        raise InvalidInput(f"workdir {workdir!r} is not a folder of the working copy")
    return path


def _inside(folder: str, path: str, what: str, root_name: str) -> str:
    if "\0" in path:
        raise InvalidInput(f"{what} contains a NUL character")
    root = os.path.realpath(folder)
    inside = os.path.normpath(os.path.join(root, path))
    real = os.path.realpath(inside)
    if real != root and not real.startswith(root.rstrip("/") + "/"):
        raise InvalidInput(f"{what} is outside {root_name}")
    return inside
