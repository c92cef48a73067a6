"""Fills a server with varied jobs, for the screenshots and tests of every page: shared by all who work on them.

``python tests/browser/filled.py`` serves it until Enter is pressed, and prints its address and the ids of the jobs.
A test takes the fixture ``filled`` instead. There is a folder (`default`), a repository with a refused revision
(`shop`), and a repository that cannot be reached (`far`).
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "api"))

from running import Running

LONG_NAME = "reconcile-" + "-".join(["ledger"] * 9)

DEFAULT = f"""\
secrets:
  registry: {{env: REGISTRY_TOKEN}}
actions:
  greet:
    type: shell
    input: {{name: {{type: string, required: true}}}}
    cmd: |
      echo "Hello {{{{ input.name }}}}"
      echo "OUTPUT: {{\\"greeting\\": \\"Hello {{{{ input.name }}}}\\"}}"
tasks:
  hello-world:
    description: Says hello to the given name.
    folder: basics
    input:
      name: {{type: string, default: World}}
    flow:
      say-hello: {{action: greet, input: {{name: "{{{{ input.name }}}}"}}}}
  release:
    name: Release the shop 🚀
    description: Builds, tests and ships one version, after a person has agreed.
    folder: shop/production
    labels: {{owner: platform}}
    input:
      version: {{type: string, required: true, description: "The version to ship, such as 1.4.2."}}
      channel: {{type: string, options: [stable, beta], default: stable}}
      note: {{type: text}}
    flow:
      build: {{type: shell, cmd: "echo building; echo built"}}
      test: {{type: shell, cmd: "echo 12 tests passed", depends_on: [build]}}
      confirm:
        type: approval
        message: "Ship {{{{ input.version }}}} to {{{{ input.channel }}}}?"
        input:
          window: {{type: string, options: [now, tonight], required: true, description: When to begin.}}
          notify: {{type: boolean, default: true}}
        timeout: 2d
        depends_on: [test]
      ship: {{type: shell, cmd: "echo shipping", depends_on: [confirm]}}
      announce: {{type: shell, cmd: "echo announced", depends_on: [ship]}}
  import-orders:
    description: Reads the orders of the last hour.
    folder: shop
    deadline: 1s
    flow:
      fetch: {{type: shell, cmd: "echo fetching 3 pages"}}
      check:
        type: shell
        cmd: |
          printf '\\033[32mreading\\033[0m orders.csv\\n'
          i=0; while [ $i -lt 40 ]; do echo "order $i is fine"; i=$((i+1)); done
          echo 'error: order 41 has no customer (orders.csv:41)' >&2
          echo 'a stack that nobody reads' >&2
          exit 3
        depends_on: [fetch]
      store: {{type: shell, cmd: "echo stored", depends_on: [check]}}
  flaky:
    folder: shop
    description: Fails when its input says so.
    input: {{ok: {{type: boolean, default: true}}}}
    flow:
      try:
        type: shell
        retry: {{max_attempts: 2, delay: 0s}}
        env: {{OK: "{{{{ input.ok }}}}"}}
        cmd: 'echo trying; [ "$OK" = true ] || {{ echo "no luck" >&2; exit 1; }}'
  mirror:
    description: Copies each region, at most two at once.
    folder: shop
    flow:
      list: {{type: shell, cmd: "echo listing"}}
      copy:
        type: shell
        for_each: [north, south, east, west, centre, islands]
        max_parallel: 2
        cmd: "echo copying {{{{ each.item }}}}"
        depends_on: [list]
      verify: {{type: shell, cmd: "echo verified", depends_on: [copy]}}
  watch:
    description: Runs until it is cancelled.
    deadline: 1s
    flow:
      prepare: {{type: shell, cmd: "echo ready"}}
      follow: {{type: shell, cmd: "echo following; exec sleep 100000", depends_on: [prepare]}}
      report: {{type: shell, cmd: "echo over", depends_on: [follow]}}
  payment:
    description: Waits for the event of a payment.
    flow:
      paid: {{type: wait, event: payment}}
  {LONG_NAME}:
    description: "{"A description that does not end soon, with <b>tags</b> & emoji 🧾 " * 4}"
    flow:
      only-step-of-this-task-whose-name-is-rather-long: {{type: shell, cmd: "true"}}
  never:
    description: Has not run yet.
    flow:
      say: {{type: shell, cmd: "true"}}
triggers:
  hourly: {{type: scheduler, cron: "0 0 * * * *", task: import-orders, enabled: true}}
  every-quarter: {{type: scheduler, cron: "0 */15 * * * *", task: hello-world, enabled: true, input: {{name: clock}}}}
  night: {{type: scheduler, cron: "0 30 2 * * *", timezone: Europe/Berlin, task: mirror, enabled: true}}
  held: {{type: scheduler, cron: "0 0 6 * * *", task: hello-world, enabled: true}}
"""

SHOP = """\
tasks:
  deploy:
    description: Rolls the shop out.
    flow:
      build: {type: shell, cmd: "echo building"}
      roll-out: {type: shell, cmd: "echo rolling out", depends_on: [build]}
  cleanup:
    flow:
      sweep: {type: shell, cmd: "echo swept"}
triggers:
  sunday: {type: scheduler, cron: "0 0 4 * * 0", task: cleanup, enabled: true}
"""

#: The history of the repository: the subject of each commit, and its definitions.
COMMITS = (
    (
        "Deploy the shop",
        SHOP.replace('  cleanup:\n    flow:\n      sweep: {type: shell, cmd: "echo swept"}\n', "").split("triggers:")[
            0
        ],
    ),
    ("Clean up on Sundays", SHOP),
    ("Build faster", SHOP.replace("echo building", "echo building -j8")),
)
REFUSED = ("Check the roll-out, but misspelled", SHOP.replace("depends_on: [build]", "depends_on: [biuld]"))


@dataclass(frozen=True)
class Jobs:
    """The ids of the jobs, by how they stand."""

    completed: str
    failed: str
    looped: str
    running: str
    waiting: str
    approvals: tuple[str, ...]


def settings(folder: Path) -> dict[str, Any]:
    """The workspaces of a server that `fill` can fill."""
    far = folder / "far"
    for repository in (folder / "shop", far):
        _commit(repository, *COMMITS[0], first=True)
    for subject, text in COMMITS[1:]:
        _commit(folder / "shop", subject, text)
    watched = {"type": "git", "poll_interval_secs": 3600}
    return {
        "workspaces": {
            "default": {"type": "folder", "path": str(folder / "server" / "workspace")},
            "shop": {**watched, "url": f"file://{folder / 'shop'}", "revisions": "any"},
            "far": {**watched, "url": f"file://{far}"},
        },
        "worker": {"slots": 3},
    }


def start(folder: Path, definitions: str = DEFAULT) -> Running:
    folder.mkdir(parents=True, exist_ok=True)
    return Running(folder / "server", definitions, settings(folder), {}).start()


def fill(running: Running, folder: Path, jobs_per_task: int = 6) -> Jobs:
    """Runs jobs of every kind, then breaks `shop` and takes `far` away. It waits until each job stands as it should."""
    for _ in range(jobs_per_task):
        running.finished(running.execute("flaky", {"ok": True}))
        running.finished(running.execute("mirror"))
    running.finished(running.execute("flaky", {"ok": False}))
    completed = running.execute("hello-world", {"name": "Ada"}, labels={"team": "blue", "note": "<b>not bold</b>"})
    failed, looped = running.execute("import-orders"), running.execute("mirror")
    for job in (completed, failed, looped, running.execute(LONG_NAME), _execute(running, "shop", "deploy")):
        running.finished(job)
    approvals = tuple(running.execute("release", {"version": f"1.4.{n}", "note": "as agreed"}) for n in (2, 3))
    for job in approvals:
        running.until(job, lambda job: job.steps["confirm"].status.value == "suspended")
    waiting = running.execute("payment")
    watching = running.execute("watch")
    running.until(watching, lambda job: job.steps["follow"].status.value == "running")
    running.post("/api/workspaces/default/triggers/held/suspend", {"reason": "the mail server moves"})
    _commit(folder / "shop", *REFUSED)
    (folder / "far").rename(folder / "gone")
    for workspace in ("shop", "far"):
        running.post(f"/api/workspaces/{workspace}/refresh", {})
    return Jobs(completed, failed, looped, watching, waiting, approvals)


def _execute(running: Running, workspace: str, task: str) -> str:
    return running.post(f"/api/workspaces/{workspace}/tasks/{task}/execute", {}).json["job_id"]


def _commit(repository: Path, subject: str, text: str, *, first: bool = False) -> None:
    (repository / ".workflows").mkdir(parents=True, exist_ok=True)
    (repository / ".workflows" / "shop.yaml").write_text(text)
    git = ["git", "-C", str(repository), "-c", "user.name=Ada Lovelace", "-c", "user.email=ada@example.org"]
    commands = [["init", "-q", "-b", "main"]] if first else []
    for command in [*commands, ["add", "-A"], ["commit", "-q", "-m", subject]]:
        subprocess.run([*git, *command], check=True)


def main() -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        running = start(Path(folder))
        try:
            print(running.url, fill(running, Path(folder)), sep="\n", flush=True)
            sys.stdin.readline()
        finally:
            running.stop()


if __name__ == "__main__":
    main()
