"""What people type: examples of each command, for its help, the reference page and the man page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Command -> (what is typed after ``gitflow``, what it is for). An empty name is gitflow itself.
EXAMPLES: Mapping[str, Sequence[tuple[str, str]]] = {
    "": (
        ("init", "creates a small workspace in this folder"),
        ("run hello-world -i name=you", "runs a task of it, and waits"),
        ("explain last", "says how the newest job came to where it is"),
        ("validate", "finds every mistake in the definitions"),
    ),
    "run": (
        ("run deploy -i env=staging", "runs a task of this folder's workspace"),
        ("run deploy --rev main --dry-run", "shows what would run at a branch"),
    ),
    "jobs": (
        ("jobs --status failed --after 2026-01-31", "lists what failed since then"),
        ("jobs --task deploy --json", "lists the jobs of a task for a program"),
    ),
    "job": (("job last", "shows the newest job"), ("job @deploy", "shows the newest job of a task")),
    "logs": (
        ("logs last --follow", "prints the output until the job has ended"),
        ("logs 1a2b3c4d --step build --tail 20", "prints the last lines of a step"),
    ),
    "explain": (("explain last", "says why each step ran, waits or failed"),),
    "history": (("history @deploy", "lists what happened to the newest job of a task"),),
    "cancel": (
        ("cancel last --reason 'wrong branch'", "stops the newest job"),
        ("cancel --filter task=deploy,status=running --dry-run", "lists the jobs that it would stop"),
    ),
    "pause": (("pause 1a2b3c4d", "lets running steps end and starts no other"),),
    "resume": (("resume 1a2b3c4d", "goes on with a paused job"),),
    "retry": (
        ("retry last", "runs what did not complete in a new job"),
        ("retry last --from start", "runs everything in a new job"),
    ),
    "rerun": (("rerun @deploy -i env=prod", "runs the task again with one input changed"),),
    "restart": (("restart 1a2b3c4d", "runs the same job from its first step"),),
    "retry-step": (("retry-step last build", "runs one step again"),),
    "replay": (("replay last build", "runs a step and all that depends on it again"),),
    "skip": (("skip last smoke-test --reason flaky", "goes on without a step"),),
    "complete": (('complete last upload --result \'{"url": "…"}\'', "goes on with the output of a step given"),),
    "approve": (("approve last release -i version=1.4", "approves a step that waits for a person"),),
    "reject": (("reject last release --reason 'not today'", "fails a step that waits for a person"),),
    "event": (("event last paid --payload '{\"amount\": 3}'", "completes the step that waits for it"),),
    "delete": (("delete --filter status=cancelled,before=2026-01-31 --yes", "removes old jobs with their logs"),),
    "suspend": (("suspend nightly --reason 'the disk is full'", "stops a trigger until it is let go"),),
    "unsuspend": (("unsuspend nightly", "lets a trigger fire again"),),
    "drain": (("drain --wait --timeout 5m", "stops a server once its steps have ended"),),
    "backfill": (
        ("backfill nightly --from 2026-01-01 --to 2026-02-01 --dry-run", "shows the times of a schedule in January"),
    ),
    "init": (
        ("init", "creates a workspace in this folder"),
        ("init --server ops", "creates one in ops, and the configuration of a server"),
    ),
    "validate": (
        ("validate", "checks the workspace of this folder"),
        ("validate --format github", "prints annotations for a workflow of GitHub"),
    ),
    "plan": (("plan main", "shows what changed since main, and what it breaks"),),
    "check": (("check --base origin/main", "checks what a pull request would be checked for"),),
    "test": (
        ("test --filter 'deploy*'", "runs some of the tests"),
        ("test --watch", "runs all of them whenever a file changes"),
    ),
    "tasks": (("tasks --rev v1.4", "lists the tasks at a tag"),),
    "actions": (("actions --json", "lists the actions for a program"),),
    "triggers": (("triggers", "lists the triggers with their next times"),),
    "show": (("show deploy", "shows a task with its steps"),),
    "verify": (("verify v1.4 --allowed-signers signers", "checks who signed a tag"),),
    "schema": (("schema workspace > .workflows/.workspace.schema.json", "writes the schema for an editor"),),
    "enable": (("enable nightly -m 'Back from holiday'", "enables a trigger in its file"),),
    "disable": (("disable nightly -m 'Holiday'", "disables a trigger in its file"),),
    "completion": (
        ("completion bash", 'for bash, in ~/.bashrc: eval "$(gitflow completion bash)"'),
        ("completion fish", "for fish: gitflow completion fish | source"),
    ),
    "diff": (
        ("diff last", "compares the newest job with the last good one"),
        ("diff 1a2b3c4d 5e6f7a8b", "compares two"),
    ),
    "versions": (("versions deploy --limit 5", "lists the last commits that changed a task"),),
    "blame": (("blame deploy", "shows which commit changed each step"),),
    "bisect": (("bisect deploy --good v1.3 --bad main", "finds the commit that broke a task"),),
    "server": (
        ("server", "serves what server-config.yaml says, or this workspace"),
        ("server --listen 0.0.0.0:8080", "serves it to other machines"),
    ),
    "agent": (
        ("agent --server https://flows.example.com --tags gpu --slots 2", "runs steps of a server on this machine"),
        ("agent --server https://flows.internal --ca-file ca.pem", "trusts a private authority"),
    ),
    "trigger": (
        ("trigger deploy -i env=prod --follow", "runs a task on a server and prints its output"),
        ("trigger deploy --wait", "exits with 0 only if it completed"),
    ),
    "workspaces": (("workspaces", "lists what a server serves, and at which revision"),),
    "refresh": (("refresh shop", "makes a server look for new commits now"),),
    "accept-revision": (("accept-revision shop 1a2b3c4d --reason hotfix --for 2d", "activates it against the policy"),),
    "withdraw-acceptance": (("withdraw-acceptance shop 1a2b3c4d --reason fixed", "ends that"),),
    "pause-sync": (("pause-sync shop --reason 'release day'", "stays at the active revision"),),
    "resume-sync": (("resume-sync shop --reason 'released'", "follows the branch again"),),
    "gc": (("gc --older-than 30d --dry-run", "shows what would be removed"),),
    "backup": (("backup gitflow.tar", "saves the state directory"),),
    "restore": (("restore gitflow.tar --state-dir new", "restores it into an empty directory"),),
    "store copy": (
        (
            "store copy sqlite:///gitflow.db postgresql://db.example.com/flows",
            "moves to PostgreSQL",
        ),
    ),
    "mcp": (
        ("mcp -w flows", "lets an assistant look at a workspace and its jobs"),
        ("mcp --server https://flows.example.com --allow run", "lets it also run tasks of a server"),
    ),
    "login": (
        ("login --server https://flows.example.com", "shows a code to type in the browser, and stays signed in"),
    ),
    "logout": (("logout --server https://flows.example.com", "ends the session, and removes its tokens"),),
    "user add": (("user add ada@example.com --admin", "creates an administrator, and asks for the password"),),
    "user passwd": (("user passwd ada@example.com", "asks for a new password"),),
    "user list": (("user list", "lists the accounts"),),
    "user disable": (("user disable ada@example.com", "signs a person out and keeps them out"),),
    "user enable": (("user enable ada@example.com", "lets them in again"),),
    "key create": (("key create ci --scope workflows:trigger --expires 2027-01-01", "creates a key for a program"),),
    "key list": (("key list", "lists the keys, with when they were last used"),),
    "key revoke": (("key revoke ci", "makes a key invalid"),),
    "audit": (("audit --what login. --after 2026-01-31", "lists who signed in since then"),),
}


def epilog(name: str) -> str:
    """The examples as the end of a help text; click keeps the lines behind a backspace as they are."""
    rows = EXAMPLES.get(name, ())
    lines = [f"  gitflow {typed}\n      {why}" for typed, why in rows]
    return "\b\nExamples:\n" + "\n".join(lines) if lines else ""
