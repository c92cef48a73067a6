"""Jobs whose pages are hard to get right: a long log, attempts, loops, a form of an approval, children, a wide graph.

``python tests/browser/job_samples.py [PORT]`` serves them until Enter is pressed, and prints their addresses.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE.parent / "api"))

from running import Running  # noqa: E402

#: How many lines the long log has before and after its error.
LONG_LINES = 30_000

DEFINITIONS = """\
on_error:
  - {action: tell, input: {message: "{{ hook.task_name }} failed"}}
actions:
  tell:
    type: shell
    input: {message: {type: string, required: true}}
    cmd: printf '%s\\n' {{ input.message }}
tasks:
  release:
    description: Builds, tests and ships one version.
    input:
      version: {type: string, default: "1.4.2"}
      token: {type: string, secret: true, default: "a secret"}
    flow:
      build:
        type: shell
        cmd: |
          printf '\\033[32mok\\033[0m compiled <script>alert(1)</script>\\n'
          mkdir -p "$GITFLOW_ARTIFACTS/site" && echo "<h1>Hello</h1>" > "$GITFLOW_ARTIFACTS/site/index.html"
          echo 'OUTPUT: {"version": "1.4.2"}'
      lint: {type: shell, cmd: "echo fine"}
      test:
        type: shell
        depends_on: [build]
        retry: {max_attempts: 2, delay: 300ms}
        cmd: |
          i=0; while [ $i -lt 400 ]; do echo "test case $i passed"; i=$((i+1)); done
          echo 'error: expected 4, got 5 (test_sums.py:17)' >&2
          echo '1 of 401 tests failed' >&2
          exit 3
      ship: {type: shell, cmd: "echo shipping", depends_on: [test, lint]}
  long-log:
    flow:
      print:
        type: shell
        cmd: |
          seq -f 'line %.0f of the first part' 1 LONG_LINES
          echo 'fatal: the disk is full' >&2
          seq -f 'line %.0f of the second part' 1 LONG_LINES
          exit 1
  shards:
    flow:
      list: {type: shell, cmd: "echo listed"}
      shard:
        type: shell
        for_each: "{{ range(24) | list }}"
        max_parallel: 4
        depends_on: [list]
        cmd: |
          echo "shard {{ each.index }}"
          [ "{{ each.index }}" != 17 ] || { echo "error: shard 17 is corrupt" >&2; exit 4; }
      merge: {type: shell, cmd: "echo merged", depends_on: [shard]}
  approve-it:
    input: {version: {type: string, default: "1.4.2"}}
    flow:
      build: {type: shell, cmd: "echo built"}
      may-it-ship:
        type: approval
        depends_on: [build]
        message: "Ship {{ input.version }}?"
        input:
          window: {type: string, options: [now, tonight], required: true, description: When to begin.}
      ship: {type: shell, cmd: "echo shipped", depends_on: [may-it-ship]}
      announce: {type: shell, cmd: "echo announced", depends_on: [ship]}
  follow:
    flow:
      speak:
        type: shell
        cmd: |
          i=0; while [ $i -lt 3000 ]; do echo "word $i"; i=$((i+1)); sleep 0.2; done
  parent:
    flow:
      before: {type: shell, cmd: "echo before"}
      child: {type: task, task: shards, depends_on: [before]}
  wide:
    flow:
      start: {type: shell, cmd: "true"}
WIDE
      end: {type: shell, cmd: "true", depends_on: [WIDE_NAMES]}
"""

_WIDE = [f"part-{number:02}" for number in range(40)]


def definitions(long_lines: int = LONG_LINES) -> str:
    wide = "\n".join(
        f'      {name}: {{type: shell, cmd: "{"false" if name == "part-07" else "true"}", depends_on: [start]}}'
        for name in _WIDE
    )
    text = DEFINITIONS.replace("LONG_LINES", str(long_lines)).replace("WIDE_NAMES", ", ".join(_WIDE))
    return text.replace("WIDE", wide, 1)


#: The tasks whose jobs end by themselves, and those whose jobs stay open.
ENDING = ("release", "long-log", "shards", "parent", "wide")
OPEN = ("approve-it", "follow")


def fill(running: Running) -> dict[str, str]:
    """A job of each task, by the name of the task."""
    ended = {task: running.execute(task) for task in ENDING}
    for job_id in ended.values():
        running.finished(job_id)
    return {**ended, **{task: running.execute(task) for task in OPEN}}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        port = sys.argv[1] if len(sys.argv) > 1 else "0"
        served = Running(Path(folder), definitions(), {"listen": f"127.0.0.1:{port}"}, {}).start()
        try:
            for task, job_id in fill(served).items():
                print(f"{task}: {served.url}/jobs/{job_id}", flush=True)
            sys.stdin.readline()
        finally:
            served.stop()
