"""``type: python``: inline code, which is written to a file, or a script of the workspace.

It runs with the Python that gitflow was installed for, but outside gitflow's virtual environment: a step can import
the standard library and its own ``dependencies``, but not gitflow's packages and not those of the user's home. If
``uv`` is installed, it installs the ``dependencies``; otherwise they go into a virtual environment that steps with
the same list share. Both take long the first time, so they happen in the step's own process: the messages go to the
step's log, and the engine's loop does not wait.
"""

from __future__ import annotations

import os
import sys

from gitflow.actions.shell import script_path, working_directory
from gitflow.core.errors import InvalidInput
from gitflow.core.values import is_list
from gitflow.runners.process_spec import DEFAULT_PATH, process_of, seen, write_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.values import Json
    from gitflow.runners.base import Process, StepContext

#: Variables that an action's ``env`` may replace: output is unbuffered, and no files are written beside the scripts.
DEFAULTS = {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
_BOOTSTRAP = os.path.join(os.path.dirname(__file__), "python_environment.py")


def prepare(context: StepContext) -> Process:
    """The process of the step. Raises InvalidInput if the script does not exist or a dependency is invalid."""
    program = _program(context)
    dependencies = _dependencies(context)
    if context.inside is not None:
        return _in_container(context, program, dependencies)
    argv = _with_dependencies(dependencies, program) if dependencies else [interpreter(), "-s", program]
    defaults = {**DEFAULTS, "UV_CACHE_DIR": os.path.join(cache_folder(), "uv")} if dependencies else DEFAULTS
    return process_of(context, argv, cwd=working_directory(context), defaults=defaults)


def _in_container(context: StepContext, program: str, dependencies: list[str]) -> Process:
    """The image has the interpreter and its packages."""
    if dependencies:
        raise InvalidInput("`dependencies` are not installed in a container; use an image that has them")
    argv = ["python3", "-s", seen(context, program)]
    return process_of(context, argv, cwd=working_directory(context), defaults=DEFAULTS)


def interpreter() -> str:
    """The Python from which the current virtual environment was made, or the current Python."""
    return getattr(sys, "_base_executable", None) or sys.executable


def cache_folder() -> str:
    """The folder that keeps environments and downloads between steps. It does not depend on the ``HOME`` of a step."""
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
    """Refuses text that an installer would take for an option or for several lines."""
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
