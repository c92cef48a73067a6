"""``type: python``: code in a file of its own, or a file of the workspace.

It runs under the interpreter that gitflow itself was installed for, but outside of gitflow's virtual environment:
a step sees the standard library and its own ``dependencies``, not the packages gitflow happens to need, and
not those of the user's home. ``dependencies`` are installed by ``uv`` when it is there; otherwise into a
virtual environment that steps with the same list share. Either takes long the first time, so it happens in
the step's own process, where its messages go to the step's log and the engine's loop does not wait.
"""

from __future__ import annotations

import os
import sys

from gitflow.actions.shell import script_path, working_directory
from gitflow.core.errors import InvalidInput
from gitflow.core.values import is_list
from gitflow.runners.process_spec import DEFAULT_PATH, process_of, write_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.values import Json
    from gitflow.runners.base import Process, StepContext

#: Variables that an action's ``env`` may replace: lines show at once, and shared files of a revision stay as they are.
DEFAULTS = {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
_BOOTSTRAP = os.path.join(os.path.dirname(__file__), "python_environment.py")


def prepare(context: StepContext) -> Process:
    """Raises InvalidInput when the script does not exist or a dependency is not one."""
    program = _program(context)
    dependencies = _dependencies(context)
    argv = _with_dependencies(dependencies, program) if dependencies else [interpreter(), "-s", program]
    defaults = {**DEFAULTS, "UV_CACHE_DIR": os.path.join(cache_folder(), "uv")} if dependencies else DEFAULTS
    return process_of(context, argv, cwd=working_directory(context), defaults=defaults)


def interpreter() -> str:
    """The Python that the running one's virtual environment was made from, or the running one."""
    return getattr(sys, "_base_executable", None) or sys.executable


def cache_folder() -> str:
    """Where environments and downloads are kept between steps; this user's, whatever home a step is given."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.environ.get("GITFLOW_CACHE") or os.path.join(home, "gitflow")


def _program(context: StepContext) -> str:
    code = context.fields.get("code")
    if code is None:
        code = context.action.fields.get("code")  # it is never a template
    return script_path(context) if code is None else write_private(context, "code.py", str(code))


def _dependencies(context: StepContext) -> list[str]:
    listed: Json = context.fields.get("dependencies") or []
    if not is_list(listed):
        raise InvalidInput("dependencies must be a list, such as [requests>=2.31]")
    return [_dependency(str(each)) for each in listed]


def _dependency(text: str) -> str:
    """Refuses what an installer would take for an option or for several lines."""
    text = text.strip()
    if not text or text.startswith("-") or not text.isprintable():
        raise InvalidInput(f"{text!r} is not a dependency; write it as in a requirements file: name>=1.0")
    return text


def _with_dependencies(dependencies: list[str], program: str) -> list[str]:
    import shutil

    python = interpreter()
    if uv := shutil.which("uv", path=os.environ.get("PATH") or DEFAULT_PATH):
        wanted = [word for each in dependencies for word in ("--with", each)]
        run = [uv, "run", "--quiet", "--no-project", "--isolated", "--python", python]
        return [*run, *wanted, "--", "python", "-s", program]
    folder = os.path.join(cache_folder(), "python")
    return [python, "-I", _BOOTSTRAP, folder, program, *dependencies]
