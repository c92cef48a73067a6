"""``gitflow init``: makes a small workspace that works as it is."""

from __future__ import annotations

import os
import shlex
import sys

from gitflow.cli.local.schema import write_all
from gitflow.core.errors import Conflict
from gitflow.core.language.sources import DEFINITIONS_FOLDER

#: Next to the definitions, so that editors find it and a clone contains it; gitflow itself never reads it.
SCHEMAS = ".schemas"

HELLO = """\
# yaml-language-server: $schema=.schemas/workspace.json
#
# A file of definitions. Every *.yaml file in this folder, and in folders below it, is one; names are known in
# all of them. Editors with a YAML language server complete and check as you type, by the schema named above.
#
#   gitflow validate                              checks everything
#   gitflow run hello-world --input name=you      runs the task below
#   gitflow tasks, gitflow show hello-world       say what there is
#   gitflow jobs, gitflow logs ID                 say what was run, and what it printed

# An action is the smallest unit of work. What stands between {{ and }} is a value: it reaches the script as
# data, whatever it holds, and never as code.
actions:
  greet:
    type: shell
    description: Says hello, and hands the greeting on.
    input:
      name: {type: string, required: true}
    output:
      greeting: {type: string}
    cmd: |
      echo "Hello {{ input.name }}"
      printf '%s' "Hello {{ input.name }}" > "$GITFLOW_OUTPUTS/greeting"

# A task is a flow of steps. A step starts when all that it depends on is completed; what depends on nothing
# starts at once, beside the others.
tasks:
  hello-world:
    description: Greets somebody, then once more and louder.
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


def init(path: str) -> int:
    """Overwrites nothing. Raises Conflict."""
    folder = os.path.join(path, DEFINITIONS_FOLDER)
    target = os.path.join(folder, "hello.yaml")
    if os.path.isdir(folder) and os.listdir(folder):
        raise Conflict(f"{folder} already exists and has files in it; nothing was changed")
    os.makedirs(folder, exist_ok=True)
    write_all(os.path.join(folder, SCHEMAS))
    with open(target, "x", encoding="utf-8") as file:
        file.write(HELLO)
    where = "" if os.path.abspath(path) == os.getcwd() else f" -w {shlex.quote(path)}"
    print(f"created {target}; try: gitflow run hello-world{where} --input name=you", file=sys.stderr)
    return 0
