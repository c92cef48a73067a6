"""A change that is refused, by whatever, leaves the remote, the mirror and the state directory as they were."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from desk import FILE, GOOD, ONE, Desk

OWNED = "rules: {owned: {match: {tasks: ['**']}, owners: [ann@example.com]}}\n"
SHORT = "rules: {short: {max_timeout: 1h}}\n"
PROMISED = "rules: {promised: {allow_breaking: trailer}}\n"
BROKEN = "tasks:\n  t:\n    flow:\n      a: {action: nobody-knows}\n"


class Watched:
    """Everything that a refused change must leave as it is."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.before = self.seen()

    def seen(self) -> tuple[object, ...]:
        served = self.desk.server.get(ONE).json
        return self.desk.remote.refs(), served["revision"], served["candidate"], served["drift"], self.desk.left()

    def is_as_before(self) -> bool:
        return self.seen() == self.before


@pytest.mark.parametrize("writable", ["direct", True])
def test_definitions_with_errors_are_refused_with_their_problems_as_validate_tells_them(make, writable):
    desk = make({"writable": writable})
    watched = Watched(desk)
    reply = desk.put(BROKEN)
    assert (reply.status, reply.json["code"]) == (422, "invalid_definitions"), reply
    assert "1 error" in reply.json["error"]
    (problem,) = [each for each in reply.json["problems"] if each["severity"] == "error"]
    assert (problem["rule"], problem["file"], problem["line"]) == ("unknown-action", FILE, 4)
    assert set(problem) == {"severity", "rule", "file", "line", "column", "message", "hint"}
    assert watched.is_as_before()
    audited = [(row["what"], row["outcome"], row["details"]["reason"]) for row in desk.audit()]
    assert audited == [("files.put", "refused", reply.json["error"])]


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        (".workflows/c.yaml", "tasks: [", "syntax"),
        (".workflows/c.yaml", b"\xff\xfe", "not-utf-8"),
        (".workflows/c.yaml", "tasks: {t: {flow: {a: {type: shell, cmd: ls}}}}\n", "duplicate-name"),
        (".workflows/c.test.yaml", "tests: {x: {task: nowhere}}\n", "unknown-task"),
    ],
)
def test_a_revision_is_checked_as_a_whole(direct, path, text, rule):
    watched = Watched(direct)
    reply = direct.put(text, path)
    assert reply.status == 422, reply
    assert rule in [problem["rule"] for problem in reply.json["problems"]]
    assert watched.is_as_before()


def test_a_file_that_others_need_is_not_removed(direct):
    direct.commit(
        {FILE: "tasks: {t: {flow: {a: {type: shell, script: .workflows/run.sh}}}}\n", ".workflows/run.sh": "ls\n"}
    )
    watched = Watched(direct)
    reply = direct.delete(".workflows/run.sh")
    assert (reply.status, [each["file"] for each in reply.json["problems"]]) == (422, [FILE]), reply
    assert watched.is_as_before()


def test_a_branch_with_errors_is_repaired_over_the_api(direct):
    good = direct.base
    assert direct.server.get(ONE).status == 200
    direct.commit({FILE: BROKEN})
    assert direct.server.get(ONE).json["revision"] == good
    reply = direct.put(GOOD % "repaired")
    assert (reply.status, reply.json["active"]) == (200, True), reply


@pytest.mark.parametrize("writable", ["direct", True])
@pytest.mark.parametrize(
    ("policy", "text", "rule"),
    [
        (SHORT, "tasks: {t: {timeout: 2h, flow: {a: {type: shell, cmd: ls}}}}\n", "short"),
        (PROMISED, "tasks: {t: {input: {x: {required: true}}, flow: {a: {type: shell, cmd: ls}}}}\n", "promised"),
    ],
)
def test_what_breaks_the_policy_in_force_is_refused(make, writable, policy, text, rule):
    desk = make({"writable": writable})
    quick = "tasks: {t: {timeout: 1m, flow: {a: {type: shell, cmd: ls}}}}\n"
    desk.commit({".workflows/policy.yaml": policy, FILE: quick, ".workflows/b.yaml": "x-a: 1\n"})
    watched = Watched(desk)
    reply = desk.put(text)
    assert (reply.status, [each["rule"] for each in reply.json["problems"]]) == (422, [rule]), reply
    assert watched.is_as_before()


def test_a_breaking_change_that_its_message_declares_is_made(direct):
    direct.commit({".workflows/policy.yaml": PROMISED, ".workflows/b.yaml": "x-a: 1\n"})
    text = "tasks: {t: {input: {x: {required: true}}, flow: {a: {type: shell, cmd: ls}}}}\n"
    assert direct.put(text).status == 422
    assert direct.put(text, query="?message=Ask%20for%20x%0A%0ABreaking%3A%20yes").status == 200


def test_the_policy_in_force_counts_and_not_that_of_a_refused_revision(direct):
    quick = "tasks: {t: {timeout: 1m, flow: {a: {type: shell, cmd: ls}}}}\n"
    direct.commit({".workflows/policy.yaml": SHORT, FILE: quick})
    assert direct.server.get(ONE).json["revision"] == direct.base
    direct.commit({".workflows/policy.yaml": "rules: {}\n", FILE: BROKEN})
    reply = direct.put(quick.replace("1m", "2h"))
    assert (reply.status, [each["rule"] for each in reply.json["problems"]]) == (422, ["short"]), reply


def test_what_has_owners_is_proposed_and_never_committed_to_the_served_branch(make):
    """No commit of the API counts as an owner's, and nobody has reviewed it."""
    desk = make()
    desk.commit({".workflows/policy.yaml": OWNED})
    watched = Watched(desk)
    reply = desk.put(GOOD % "new")
    assert (reply.status, [each["rule"] for each in reply.json["problems"]]) == (422, ["owned"]), reply
    assert watched.is_as_before()
    assert desk.put("ls\n", ".workflows/run.sh").status == 200  # of no task
    desk.settings["writable"] = True
    desk.restart()
    assert desk.put(GOOD % "new", match=f'"{desk.remote.tip()}"').status == 202


@pytest.mark.parametrize("writable", ["direct", True])
@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_a_push_that_the_remote_refuses_is_a_conflict_in_its_words(make, writable, hook):
    desk = make({"writable": writable})
    desk.remote.hook(hook, "echo 'no changes on fridays' >&2; exit 1")
    watched = Watched(desk)
    for reply in (desk.put(GOOD % "new"), desk.switch("disable"), desk.delete(".workflows/b.yaml")):
        assert (reply.status, reply.json["code"]) == (409, "conflict"), reply
        assert "refused the push" in reply.json["error"]
        assert "no changes on fridays" in reply.json["error"]
    assert watched.is_as_before()
    (desk.remote.bare / "hooks" / hook).unlink()
    assert desk.put(GOOD % "new").status in (200, 202)


def test_a_branch_that_the_remote_protects_is_a_conflict(direct):
    direct.remote.git(direct.remote.bare, "config", "receive.denyCurrentBranch", "refuse")
    direct.remote.git(direct.remote.bare, "config", "core.bare", "false")  # as in somebody's clone
    watched = Watched(direct)
    reply = direct.put(GOOD % "new")
    assert (reply.status, "checked out" in reply.json["error"]) == (409, True), reply
    assert watched.is_as_before()


def test_a_branch_that_stands_in_the_way_of_proposals_is_a_conflict(proposing):
    proposing.remote.git(proposing.remote.bare, "branch", "gitflow", "main")
    watched = Watched(proposing)
    assert proposing.put(GOOD % "new").status == 409
    assert watched.is_as_before()


def test_a_remote_that_cannot_be_reached_is_not_available(direct):
    watched = Watched(direct)
    away = direct.remote.bare.with_name("away.git")
    direct.remote.bare.rename(away)
    reply = direct.put(GOOD % "new")
    assert (reply.status, reply.json["code"]) == (503, "workspace_unavailable"), reply
    away.rename(direct.remote.bare)
    assert watched.is_as_before()


def test_a_push_that_the_remote_took_though_it_said_no_is_found_out(direct):
    """The connection breaks once everything is done: what came of it is asked for, not guessed."""
    direct.remote.hook("post-update", 'kill -9 "$PPID"')
    reply = direct.put(GOOD % "new")
    assert (reply.status, reply.json["active"]) == (200, True), reply
    assert direct.remote.tip() == reply.json["revision"]


def test_a_paused_workspace_is_changed_and_goes_on_serving_what_it_serves(direct):
    direct.server.post(f"{ONE}/pause-sync", {"reason": "on fire"})
    made = direct.put(GOOD % "new").json
    assert (made["status"], made["active"], direct.remote.tip()) == ("committed", False, made["revision"])
    assert direct.server.get(ONE).json["revision"] == direct.base
    assert direct.put(GOOD % "more", match=f'"{made["revision"]}"').status == 200


KILLED = """
import os, signal, sys
sys.path[:0] = sys.argv[1].split(":")
from pathlib import Path
from desk import GOOD, Desk
desk = Desk.__new__(Desk)
desk.folder, desk.settings, desk.server_settings, desk.running = Path(sys.argv[2]), {"writable": "direct"}, {}, None
from desk import Remote
desk.remote = Remote.__new__(Remote)
desk.remote.folder, desk.remote.bare = desk.folder, desk.folder / "origin.git"
desk.base = desk.remote.tip()
desk.put(GOOD % "killed")
"""


@pytest.mark.parametrize("when", ["before", "during"])
def test_a_server_that_dies_between_commit_and_push_leaves_nothing_in_the_way(direct, when):
    """It is killed by the remote's hook, which the push waits for, or before the push has begun."""
    here = Path(__file__).parent
    pid = direct.folder / "pid"
    script = KILLED.replace(
        "import os, signal", f"import os, signal; open({str(pid)!r}, 'w').write(str(os.getpid()))\nimport os"
    )
    if when == "before":
        dying = "from gitflow.workspaces import drafts\ndrafts.Draft.push = lambda *given: os.kill(os.getpid(), 9)\n"
        script = script.replace("desk.put(", f"{dying}desk.put(")
    direct.remote.hook("pre-receive", f"kill -9 $(cat {pid}); exit 1")
    before = direct.remote.refs()
    paths = ":".join(map(str, (here, here.parent, here.parents[1])))
    done = subprocess.run([sys.executable, "-c", script, paths, str(direct.folder)], env={**os.environ}, check=False)
    assert done.returncode == -signal.SIGKILL
    (direct.remote.bare / "hooks/pre-receive").unlink()
    assert direct.remote.refs() == before
    assert direct.server.get(ONE).json["revision"] == direct.base
    assert direct.left() == []
    assert direct.put(GOOD % "new").status == 200
