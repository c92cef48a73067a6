"""The flows whose jobs benchmarks/pages.py shows: long logs, and many steps."""

from __future__ import annotations

LINES = 1_000_000
STEPS = 10_000
LANE = 5
#: Columns of the flow that does not fold, each of so many steps.
COLUMN = 100

LONG_LOG = f"""\
tasks:
  long:
    flow:
      print:
        type: shell
        cmd: |
          seq -f 'line %.0f of the long log, with some text after it' 1 {LINES // 2}
          echo 'fatal: the disk is full' >&2
          seq -f 'line %.0f of the long log, with some text after it' {LINES // 2 + 1} {LINES}
          exit 1
  long-good:
    flow:
      print: {{type: shell, cmd: "seq -f 'line %.0f of the long log, with some text after it' 1 {LINES}"}}
  speak:
    flow:
      print:
        type: shell
        cmd: |
          i=0; while :; do seq -f "line $i.%.0f, with some text after it" 1 200; i=$((i+1)); sleep 0.1; done
"""


def _lanes() -> str:
    """Lanes of steps between a first and a last step; none of them runs, as the first one fails."""
    lines = ['      start: {type: shell, cmd: "false"}']
    ends: list[str] = []
    for lane in range(STEPS // LANE):
        before = "start"
        for place in range(LANE):
            name = f"l{lane}-{place}"
            lines.append(f'      {name}: {{type: shell, cmd: "true", depends_on: [{before}]}}')
            before = name
        ends.append(before)
    lines.append(f'      end: {{type: shell, cmd: "true", depends_on: [{", ".join(ends)}]}}')
    return "\n".join(lines)


def _web() -> str:
    """Columns in which each step waits for two of the column before, each for other ones."""
    lines: list[str] = []
    for number in range(STEPS):
        column, place = divmod(number, COLUMN)
        needs = (
            "" if column == 0 else f", depends_on: [w{column - 1}-{place}, w{column - 1}-{(place * 7 + 3) % COLUMN}]"
        )
        lines.append(f'      w{column}-{place}: {{type: shell, cmd: "{"false" if column == 0 else "true"}"{needs}}}')
    return "\n".join(lines)


#: Each is a file of its own, as a file has at most 1 MB.
MANY_STEPS = {
    "loop": f"""\
tasks:
  loop:
    flow:
      part: {{type: shell, cmd: "true", for_each: "{{{{ range({STEPS}) | list }}}}", max_parallel: 4}}
""",
    "lanes": f"tasks:\n  lanes:\n    flow:\n{_lanes()}\n",
    "web": f"tasks:\n  web:\n    flow:\n{_web()}\n",
}
