"""Prepares the process of a step: a clean environment, a file with its input, a file for its output."""

from __future__ import annotations

import os

from gitflow.core.errors import InvalidInput
from gitflow.core.json_codec import dumps
from gitflow.core.standard import suppress
from gitflow.runners.base import Process
from gitflow.runners.process_tree import VARIABLE, mark_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.runners.base import StepContext

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: The kernel accepts 128 KiB for one string and, with the usual limits, 2 MiB for all.
MAX_VALUE_BYTES = 120 * 1024
MAX_TOTAL_BYTES = 1024 * 1024
_ADVICE = "read it from the JSON file $GITFLOW_INPUT instead"


def process_of(
    context: StepContext, argv: Sequence[str], *, cwd: str | None = None, defaults: Mapping[str, str] | None = None
) -> Process:
    """The process of a step, with its files written. ``defaults`` are variables that the action's ``env`` may replace.

    Raises InvalidInput for values that the kernel would refuse, and OSError if the scratch folder is not writable.
    """
    env = {**(defaults or {}), **_environment(context)}
    _check_sizes(argv, env)
    write_private(context, "input.json", dumps(context.input))
    make_folder(output_folder(context))
    return Process(tuple(argv), seen(context, cwd or context.workdir), env)


def seen(context: StepContext, path: str) -> str:
    """A path as the attempt's process sees it: in a container it differs from this machine's."""
    for folder, inside in context.inside.items() if context.inside else ():
        if path == folder or path.startswith(f"{folder}/"):
            return inside + path[len(folder) :]
    return path


def output_path(context: StepContext) -> str:
    return os.path.join(context.scratch, "output")


def output_folder(context: StepContext) -> str:
    return os.path.join(context.scratch, "outputs")


def make_folder(path: str) -> None:
    """Creates a folder that only this user can enter."""
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)


def private_path(context: StepContext, name: str) -> str:
    return os.path.join(context.private or context.scratch, name)


def write_private(context: StepContext, name: str, text: str) -> str:
    """Writes a file into the attempt's private folder that only this user can read; returns its path."""
    path = private_path(context, name)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    try:
        fd = os.open(path, flags, 0o600)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        fd = os.open(path, flags, 0o600)
    try:
        rest = memoryview(text.encode("utf-8", "surrogatepass"))
        while rest:
            rest = rest[os.write(fd, rest) :]
    except OSError as error:
        error.filename = path  # the error of a full disk has no path
        raise
    finally:
        os.close(fd)
    return path


def _environment(context: StepContext) -> dict[str, str]:
    if context.inside is not None:
        return _environment_inside(context)
    parent = os.environ
    return {
        "PATH": parent.get("PATH") or DEFAULT_PATH,
        "LANG": parent.get("LANG") or "C.UTF-8",
        **({"TZ": parent["TZ"]} if parent.get("TZ") else {}),
        "HOME": context.home,
        **context.pass_env,
        **context.env,
        **context.values,
        **_own_variables(context),
    }


def _environment_inside(context: StepContext) -> dict[str, str]:
    """The environment in a container: the image has its own variables, and no mark is needed to find processes."""
    own = {name: seen(context, value) for name, value in _own_variables(context).items() if name != VARIABLE}
    return {**context.pass_env, **context.env, **context.values, **own}


def _own_variables(context: StepContext) -> dict[str, str]:
    """The variables that an action cannot replace, because the engine relies on them."""
    own = {
        "GITFLOW_WORKSPACE": context.workspace,
        "GITFLOW_TASK": context.task,
        "GITFLOW_JOB_ID": context.job_id,
        "GITFLOW_STEP": context.step,
        "GITFLOW_ATTEMPT": str(context.attempt),
        "GITFLOW_REVISION": context.revision,
        "GITFLOW_INPUT": private_path(context, "input.json"),
        "GITFLOW_OUTPUT": output_path(context),
        "GITFLOW_OUTPUTS": output_folder(context),
        "GITFLOW_ARTIFACTS": context.artifacts,
        "GITFLOW_NEEDS": context.needs,
        VARIABLE: mark_of(context.run_token),
    }
    if context.traceparent:
        own["TRACEPARENT"] = context.traceparent
    return own


def _check_sizes(argv: Sequence[str], env: Mapping[str, str]) -> None:
    if _is_plain(argv, env):
        return
    total = 0
    for name, value in env.items():
        if not name or "=" in name or "\0" in name:
            raise InvalidInput(f"{name!r} is not a valid name for an environment variable")
        total += _size(f"the value of {name}", value)
    for number, word in enumerate(argv):
        total += _size(f"word {number + 1} of the command", word)
    if total > MAX_TOTAL_BYTES:
        raise InvalidInput(f"the values for the process are larger than 1 MiB together; {_ADVICE}")


def _is_plain(argv: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether all strings together are ASCII and shorter than one value may be, so that none needs its own check."""
    names, words = "".join(env), "".join((*env.values(), *argv))
    named = "" not in env and "=" not in names and "\0" not in names
    return named and words.isascii() and len(words) <= MAX_VALUE_BYTES and "\0" not in words


def _size(what: str, value: str) -> int:
    """The size of a value in bytes. Raises InvalidInput, whose message never contains the value."""
    if "\0" in value:
        raise InvalidInput(f"{what} contains a NUL character, which cannot be passed to a process; {_ADVICE}")
    try:
        size = len(value) if value.isascii() else len(encode(value))
    except UnicodeEncodeError:
        raise InvalidInput(f"{what} is not valid Unicode text") from None
    if size > MAX_VALUE_BYTES:
        raise InvalidInput(f"{what} is larger than 120 KiB; {_ADVICE}")
    return size


def encode(text: str) -> bytes:
    """The bytes that a process gets: UTF-8 in any locale, with bytes of file names that are not UTF-8 unchanged."""
    return text.encode("utf-8", "surrogateescape")
