"""``gitflow init``: creates a small workspace that works without changes, and the configuration of a server."""

from __future__ import annotations

import os
import shlex
import sys

import gitflow
from gitflow.config.paths import CONFIG_NAME
from gitflow.core.errors import Conflict
from gitflow.core.language.sources import DEFINITIONS_FOLDER
from gitflow.definitions.source.one_file import one_file

#: Schema -> its file next to the definitions, so that editors find it and a clone contains it; gitflow itself never
#: reads it.
SCHEMAS = {"workspace": ".workspace.schema.json", "server-config": ".server-config.schema.json"}

HELLO = """\
# yaml-language-server: $schema=.workspace.schema.json
#
# A file of definitions. Every *.yaml file in this folder, and in folders below it, is one; names are known in
# all of them. Editors with a YAML language server complete and check as you type, by the schema named above.
#
#   gitflow validate                              checks everything
#   gitflow run hello-world --input name=you      runs the task below
#   gitflow tasks, gitflow show hello-world       show the tasks, and one in detail
#   gitflow jobs, gitflow logs ID                 show the jobs, and the output of one

# An action is the smallest unit of work. An expression between {{ and }} stands for a value. The value reaches
# the script as data and never as code, whatever it contains.
actions:
  greet:
    type: shell
    description: Prints a greeting and returns it as output.
    input:
      name: {type: string, required: true}
    output:
      greeting: {type: string}
    cmd: |
      echo "Hello {{ input.name }}"
      printf '%s' "Hello {{ input.name }}" > "$GITFLOW_OUTPUTS/greeting"

# A task is a flow of steps. A step starts when all steps that it depends on have completed. Steps that depend on
# nothing start at once, in parallel.
tasks:
  hello-world:
    description: Greets somebody, then repeats the greeting in capitals.
    input:
      name: {type: string, default: World}
    flow:
      say-hello:
        action: greet
        input: {name: "{{ input.name }}"}
      shout-it:
        type: shell
        depends_on: [say-hello]
        cmd: echo {{ say_hello.output.greeting }} | tr '[:lower:]' '[:upper:]'
"""


#: The commented configuration: inside the installed package, or at the top of a checkout.
_PACKAGE = os.path.dirname(gitflow.__file__)
_CONFIGS = (os.path.join(_PACKAGE, CONFIG_NAME), os.path.join(_PACKAGE, "..", "..", CONFIG_NAME))

#: What the configuration of the project says of its own folders -> what is so where it is written.
ADAPTED = {
    "$schema=schemas/server-config.json": f"$schema={DEFINITIONS_FOLDER}/{SCHEMAS['server-config']}",
    "    path: workspaces/default  # relative to this file": "    path: .                   # relative to this file",
}


def init_server(path: str) -> int:
    """Writes the commented configuration of a server for the workspace at ``path``, which is created where there is
    none. Raises Conflict if there is a configuration."""
    target = os.path.join(path, CONFIG_NAME)
    if os.path.lexists(target):
        raise Conflict(f"{target} already exists; nothing was changed")
    folder = os.path.join(path, DEFINITIONS_FOLDER)
    if not os.path.isdir(folder):
        _write_workspace(path)
    _write_schema(folder, "server-config")
    _create(target, config_text())
    where = "" if os.path.abspath(path) == os.getcwd() else f" --config {shlex.quote(target)}"
    print(f"try: gitflow server{where}", file=sys.stderr)
    return 0


def config_text() -> str:
    """The commented configuration, for a workspace in the folder of the file."""
    with open(next(filter(os.path.isfile, _CONFIGS)), encoding="utf-8") as file:
        text = file.read()
    for before, after in ADAPTED.items():
        text = text.replace(before, after)
    return text


def init(path: str) -> int:
    """Creates the workspace and overwrites nothing. Raises Conflict if the folder is not empty."""
    _write_workspace(path)
    where = "" if os.path.abspath(path) == os.getcwd() else f" -w {shlex.quote(path)}"
    print(f"try: gitflow run hello-world{where} --input name=you", file=sys.stderr)
    return 0


def _write_workspace(path: str) -> None:
    folder = os.path.join(path, DEFINITIONS_FOLDER)
    if os.path.isdir(folder) and os.listdir(folder):
        raise Conflict(f"{folder} already exists and is not empty; nothing was changed")
    os.makedirs(folder, exist_ok=True)
    _write_schema(folder, "workspace")
    _create(os.path.join(folder, "hello.yaml"), HELLO)


def _write_schema(folder: str, name: str) -> None:
    """A schema that is there stays: it may be that of the version that the others in this repository use."""
    path = os.path.join(folder, SCHEMAS[name])
    if not os.path.lexists(path):
        _create(path, one_file(name), "  (for editors)")


def _create(path: str, text: str, note: str = "") -> None:
    with open(path, "x", encoding="utf-8") as file:
        file.write(text)
    print(f"created {os.path.normpath(path)}{note}", file=sys.stderr)
