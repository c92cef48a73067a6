"""A server whose every value is hard to show: long, of many scripts, and made to be taken for markup or for a terminal.

Names of definitions are short ASCII by the rules of the language; titles, descriptions, labels, inputs, messages, logs,
commits and actors may hold anything.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "api")]

from running import Running  # noqa: E402

RTL_OVERRIDE, RTL_MARK, ARABIC, ESCAPE = "\u202e", "\u200f", "مرحبا بالعالم", "\x1b"
MARKUP = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>&amp;"
EMOJI = "🧑‍🚀🏳️‍🌈🧾"
#: 300 characters with all of it; the override has no end.
VALUE = f"{EMOJI} {MARKUP} {ARABIC}{RTL_MARK} {RTL_OVERRIDE}txt.exe ".ljust(300, "x")
ANSI = f"{ESCAPE}[31mred{ESCAPE}[0m {ESCAPE}]8;;javascript:alert(1)\x07link{ESCAPE}]8;;\x07 {ESCAPE}[2J"
LONG = "a-name-of-a-hundred-characters-" + "x" * 69
assert len(LONG) == 100
WORD = "w" * 300

TASKS = {
    "tasks": {
        LONG: {
            "name": VALUE,
            "description": f"{VALUE} {ANSI} https://example.com/{WORD}",
            "folder": "/".join(["a-folder-with-a-rather-long-name"] * 3),
            "labels": {"owner": VALUE[:200], "note": MARKUP},
            "input": {
                LONG.replace("-", "_"): {"type": "text", "default": VALUE, "description": VALUE},
                "choice": {"type": "string", "options": [VALUE, WORD], "default": WORD},
            },
            "flow": {
                LONG: {
                    "type": "shell",
                    "name": VALUE,
                    "env": {"VALUE": VALUE, "ANSI": ANSI},
                    "cmd": 'printf "%s\\n" "$VALUE" "$ANSI"\nprintf "error: %s %s\\n" "$ANSI" "$VALUE" >&2\nexit 3\n',
                },
                "after": {"type": "shell", "cmd": "true", "depends_on": [LONG]},
            },
        },
        "asks": {
            "name": VALUE,
            "flow": {
                "question": {
                    "type": "approval",
                    "message": f"{VALUE}\n{WORD}",
                    "input": {"window": {"type": "string", "options": [VALUE, WORD], "description": VALUE}},
                },
                LONG: {"type": "shell", "name": VALUE, "cmd": "true", "depends_on": ["question"]},
            },
        },
        "loops": {
            "name": WORD,
            "description": WORD,
            "flow": {
                LONG[:90]: {
                    "type": "shell",
                    "for_each": [VALUE, WORD, ARABIC],
                    "env": {"ITEM": "{{ each.item }}"},
                    "cmd": 'mkdir -p "$GITFLOW_ARTIFACTS"; echo "$ITEM" > "$GITFLOW_ARTIFACTS/<b>🧾.txt"',
                },
            },
        },
        "runs": {"flow": {LONG: {"type": "shell", "name": VALUE, "cmd": "exec sleep 100000"}}},
    },
    "triggers": {
        LONG: {"type": "scheduler", "cron": "0 0 * * * *", "task": LONG, "enabled": True},
        "held": {"type": "scheduler", "cron": "0 0 6 * * *", "task": "loops", "enabled": True},
    },
}
TEXT = json.dumps(TASKS, ensure_ascii=False)  # JSON is YAML
#: What the last commit makes of it: a step needs one that is not there.
REFUSED = TEXT.replace(f'"depends_on": ["{LONG}"]', '"depends_on": ["' + "x" * 90 + '"]')


@dataclass(frozen=True)
class Hostile:
    """The server, and the ids of its jobs."""

    running: Running
    failed: str
    asking: str
    looped: str
    open: str


def serve(folder: Path) -> Running:
    """The server, also again after it was stopped."""
    watched = {"type": "git", "url": f"file://{folder / 'repository'}", "poll_interval_secs": 3600, "revisions": "any"}
    return Running(folder / "server", "{}\n", {"workspaces": {"default": watched}}, {}).start()


def start(folder: Path) -> Hostile:
    folder.mkdir(parents=True, exist_ok=True)
    repository = folder / "repository"
    _commit(repository, "The first", TEXT, first=True)
    _commit(repository, VALUE, TEXT.replace("exit 3", "exit 4"))
    running = serve(folder)
    labels = {"team": VALUE[:200]}
    failed = running.execute(LONG, labels=labels)
    looped, asking, still = running.execute("loops"), running.execute("asks", labels=labels), running.execute("runs")
    for job in (failed, looped):
        running.finished(job)
    running.until(asking, lambda job: job.steps["question"].status.value == "suspended")
    running.post("/api/workspaces/default/triggers/held/suspend", {"reason": VALUE})
    _commit(repository, f"{VALUE} again", REFUSED)
    running.post("/api/workspaces/default/refresh", {})
    return Hostile(running, failed, asking, looped, still)


def _commit(repository: Path, subject: str, text: str, *, first: bool = False) -> None:
    (repository / ".workflows").mkdir(parents=True, exist_ok=True)
    (repository / ".workflows" / "hostile.yaml").write_text(text)
    git = [
        "git",
        "-C",
        str(repository),
        "-c",
        f"user.name=Ada {RTL_OVERRIDE}{MARKUP}",
        "-c",
        "user.email=ada@example.org",
    ]
    for command in [*([["init", "-q", "-b", "main"]] if first else []), ["add", "-A"], ["commit", "-q", "-m", subject]]:
        subprocess.run([*git, *command], check=True)
