"""A head that changes while it is judged, one that is too large, and a code host that stays down."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from committing import commit_all, git, init

sys.path.insert(0, str(Path(__file__).parents[2]))

from code_host_stub import TOKEN, Pull, Stub
from gitflow.api.pulls.sending import Sender
from gitflow.code_hosts.base import Repository
from gitflow.code_hosts.client import Client
from gitflow.code_hosts.registry import DIALECTS
from gitflow.runtime.background import BackOff
from gitflow.runtime.pulls.judging import PullJudge, Unjudged, Verdict
from gitflow.runtime.pulls.queue import LatestFirst
from gitflow.runtime.pulls.retries import RetryPolicy
from gitflow.runtime.workspaces.served import ServedWorkspace
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.pull_heads import PullHeads

QUICK = RetryPolicy(0.0, BackOff(max_s=0.0), tries=4)
LIMIT = 1 << 20


class Scene:
    """A repository with one pull request, and what judges it on a loop of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.work, self.bare, self.host = folder, folder / "work", folder / "origin.git", Stub("github")
        init(self.work)
        git(folder, "init", "-q", "--bare", "-b", "main", "origin.git")
        git(self.work, "commit", "-q", "--allow-empty", "-m", "base")
        git(self.work, "push", "-q", str(self.bare), "HEAD:main")
        (folder / "token").write_text(TOKEN)
        self.judged: list[str] = []
        self.queue: LatestFirst

    def push(self, data: bytes = b"x") -> str:
        """A new head of the pull request."""
        (self.work / "file").write_bytes(data + os.urandom(8))
        head = commit_all(self.work, "head")
        git(self.work, "push", "-q", "-f", str(self.bare), "HEAD:refs/pull/1/head")
        self.host.pulls[1] = Pull(1, head)
        return head

    def run(self, judge, retries: RetryPolicy = QUICK, times: int = 1) -> None:
        """Until the pull request has been asked for so often, one after another."""

        async def bounded() -> None:
            sender = Sender()
            repository = Repository(self.host.url, self.host.repository)
            client = Client(DIALECTS["github"], repository, str(self.folder / "token"), sender, lambda: 0.0)
            workspace = GitWorkspace(f"file://{self.bare}", state_dir=str(self.folder / "state"), identity="shop")
            served = ServedWorkspace("shop", workspace, branch="main", is_initialized=True)
            heads = PullHeads(workspace, str(self.folder / "state"), LIMIT)
            self.queue = LatestFirst(PullJudge(client, heads, lambda: served, judge, retries))
            async with asyncio.timeout(60):
                for _ in range(times):
                    assert self.queue.submit(1)
                    await self.queue.idle()
            await sender.close()

        asyncio.run(bounded())

    async def good(self, head, reviewers) -> Verdict:
        self.judged.append(head.head)
        return Verdict("success", f"judged {len(self.judged)}", f"report of {head.head}")


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path)
    yield made
    made.host.stop()


def test_the_newest_head_wins_when_it_comes_while_another_is_judged(scene):
    first = scene.push()

    async def judge(head, reviewers):
        if not scene.judged:
            await asyncio.to_thread(scene.push)
            scene.queue.submit(1)
        return await scene.good(head, reviewers)

    scene.run(judge)
    newest = scene.host.pulls[1].head
    assert scene.judged == [first, newest]
    assert [scene.host.states_of(sha) for sha in (first, newest)] == [["pending", "success"]] * 2
    assert [text.partition("\n")[2] for text in scene.host.ours(1)] == [f"report of {newest}"]
    assert [method for method, path in scene.host.requests if "/issues/" in path and method != "GET"] == ["POST"]


def test_a_webhook_that_comes_twice_while_the_head_is_judged_judges_it_once(scene):
    head = scene.push()

    async def judge(found, reviewers):
        scene.queue.submit(1)
        return await scene.good(found, reviewers)

    scene.run(judge)
    assert scene.judged == [head]
    assert len(scene.host.ours(1)) == 1


def test_a_ref_that_is_behind_is_fetched_again(scene):
    head = scene.push()
    seen = []
    original = scene.host._pull

    def shown(pull):
        seen.append(pull.number)
        return {**original(pull), **({"head": {"sha": "b" * 40}} if len(seen) == 1 else {})}

    scene.host._pull = shown
    scene.run(scene.good)
    assert scene.judged == [head]
    assert scene.host.states_of(head) == ["pending", "success"]


def test_a_head_that_is_never_the_one_that_is_named_is_not_judged(scene, caplog):
    scene.push()
    scene.host.pulls[1].head = "b" * 40
    scene.run(scene.good)
    assert scene.judged == []
    assert "another at each look" in caplog.text


def test_a_huge_head_fails_and_is_not_judged(scene):
    head = scene.push(os.urandom(4 * LIMIT))
    scene.run(scene.good)
    assert scene.judged == []
    assert scene.host.statuses[-1][:2] == (head, "failure")
    assert "more than 1 MiB" in scene.host.ours(1)[0]
    assert os.listdir(scene.folder / "state" / "pulls" / "shop") == []


def test_a_head_that_takes_too_much_fails_and_says_so(scene):
    head = scene.push()

    async def judge(found, reviewers):
        raise Unjudged("it needs more time or memory than a pull request may use")

    scene.run(judge)
    assert scene.host.states_of(head) == ["pending", "failure"]
    assert "more time or memory" in scene.host.ours(1)[0]


def test_a_head_that_cannot_be_fetched_fails_and_is_tried_again_with_the_next_webhook(scene):
    head = scene.push()
    git(scene.bare, "update-ref", "-d", "refs/pull/1/head")
    scene.run(scene.good)
    assert scene.host.statuses[-1][1:] == ("failure", "gitflow/shop", "not judged: its head cannot be fetched")
    git(scene.work, "push", "-q", str(scene.bare), "HEAD:refs/pull/1/head")
    scene.run(scene.good)
    assert scene.host.states_of(head)[-1] == "success"


def test_the_same_head_is_judged_once_however_often_it_is_told_of(scene):
    head = scene.push()
    scene.run(scene.good, times=3)
    assert scene.judged == [head]
    assert scene.host.states_of(head) == ["pending", "success"]


@pytest.mark.parametrize("failures", [1, 3])
def test_a_host_that_is_down_for_a_while_is_asked_again_and_nothing_is_judged_twice(scene, failures):
    head = scene.push()

    async def judge(found, reviewers):
        scene.host.refusals.extend([(502, {})] * failures)
        return await scene.good(found, reviewers)

    scene.run(judge)
    assert scene.judged == [head]
    assert scene.host.states_of(head) == ["pending", "success"]
    assert len(scene.host.ours(1)) == 1


def test_a_host_that_stays_down_or_refuses_is_given_up_with_a_line_in_the_log(scene, caplog):
    scene.push()
    scene.host.refusals.extend([(502, {})] * 5)
    scene.run(scene.good)
    assert "pull request 1 is not judged" in caplog.text
    assert (scene.judged, scene.host.statuses) == ([], [])
    scene.host.refusals.append((403, {}))
    scene.run(scene.good)
    assert "answered 403" in caplog.text
