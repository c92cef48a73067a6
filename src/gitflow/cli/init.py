"""``gitflow init``: a small workspace that works as it is."""

from __future__ import annotations

import os
import sys

from gitflow.core.errors import Conflict
from gitflow.core.sources import DEFINITIONS_FOLDER

HELLO = """\
# yaml-language-server: $schema=https://gitflow.example/schemas/workspace.json
# A definitions file. Check it with: gitflow validate    Run it with: gitflow run hello-world --input name=you

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
      printf 'greeting=Hello %s\\n' {{ input.name }} >> "$GITFLOW_OUTPUT"

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
        raise Conflict(f"{folder} is there already, with files in it; nothing was changed")
    os.makedirs(folder, exist_ok=True)
    with open(target, "x", encoding="utf-8") as file:
        file.write(HELLO)
    where = "" if os.path.abspath(path) == os.getcwd() else f" -w {path}"
    print(f"made {target}; try: gitflow run hello-world{where} --input name=you", file=sys.stderr)
    return 0
