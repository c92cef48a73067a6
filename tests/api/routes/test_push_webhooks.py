"""The push webhook, as git hosts call it, on a server of a real repository."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import DEFINITIONS, Running

from gitflow.api.routes.push_webhooks import is_genuine, refs_of

SECRET = "correct horse"
GOOD = "tasks: {t: {flow: {a: {type: shell, cmd: 'echo %s'}}}}\n"


def signed(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Remote:
    def __init__(self, folder: Path) -> None:
        self.work, self.bare = folder / "work", folder / "origin.git"
        self.git(folder, "init", "-q", "-b", "main", "work")
        self.git(folder, "init", "-q", "--bare", "-b", "main", "origin.git")

    def git(self, folder: Path, *command: str) -> str:
        return subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()

    def push(self, text: str, branch: str = "main") -> str:
        (self.work / ".workflows").mkdir(exist_ok=True)
        (self.work / ".workflows/a.yaml").write_text(text)
        self.git(self.work, "add", "-A")
        self.git(self.work, "commit", "-q", "-m", "change")
        self.git(self.work, "push", "-q", "-f", str(self.bare), f"HEAD:{branch}")
        return self.git(self.work, "rev-parse", "HEAD")


NUMBERS = itertools.count(2)


@pytest.fixture
def remote(tmp_path):
    made = Remote(tmp_path)
    made.push(GOOD % 1)
    return made


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The repository that ``running`` serves."""
    made = Remote(tmp_path_factory.mktemp("shop"))
    made.push(GOOD % 1)
    return made


@pytest.fixture(scope="module")
def running(shop, tmp_path_factory):
    """Shared: what a test pushes is another revision each time (NUMBERS)."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "secret").write_text("from a file\n")
    git = {"type": "git", "url": f"file://{shop.bare}", "poll_interval_secs": 3600}
    workspaces = {
        "shop": {**git, "push_secret": SECRET},
        "filed": {**git, "push_secret_file": str(folder / "secret")},
        "off": git,
    }
    started = Running(folder, DEFINITIONS, {"workspaces": workspaces}, {}).start()
    for name in workspaces:
        started.refresh(name)
    yield started
    started.stop()


class Moves:
    """What comes in force from now on."""

    def __init__(self, running) -> None:
        self.seen, self._moved = {}, threading.Condition()
        running.service.served.observers.append(self._take)

    def _take(self, move) -> None:
        with self._moved:
            self.seen[move.name] = move.after.revision.id
            self._moved.notify_all()

    def wait_for(self, name: str, sha: str) -> None:
        with self._moved:
            assert self._moved.wait_for(lambda: self.seen.get(name) == sha, 20)


def form(ref: str) -> bytes:
    return json.dumps({"ref": ref, "before": "0" * 40, "after": "1" * 40}).encode()


MAIN = form("refs/heads/main")
BITBUCKET = json.dumps({"push": {"changes": [{"new": {"type": "branch", "name": "main"}, "old": None}]}}).encode()
FORM = urlencode({"payload": MAIN.decode()}).encode()
PING = b'{"zen": "x"}'
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (
            MAIN,
            {"X-GitHub-Event": "push", "X-Hub-Signature-256": f"sha256={signed(MAIN)}", "X-Hub-Signature": "sha1=x"},
        ),
        (FORM, {"X-GitHub-Event": "push", "X-Hub-Signature-256": f"sha256={signed(FORM)}", **URLENCODED}),
        (MAIN, {"X-Gitea-Event": "push", "X-Gitea-Signature": signed(MAIN)}),
        (MAIN, {"X-Forgejo-Event": "push", "X-Forgejo-Signature": signed(MAIN)}),
        (MAIN, {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": SECRET}),
        (BITBUCKET, {"X-Event-Key": "repo:push", "X-Hub-Signature": f"sha256={signed(BITBUCKET)}"}),
        (b"", {"Authorization": f"Bearer {SECRET}"}),
        (PING, {"X-GitHub-Event": "ping", "X-Hub-Signature-256": f"sha256={signed(PING)}"}),
    ],
    ids=["github", "github form", "gitea", "forgejo", "gitlab", "bitbucket", "by hand", "ping"],
)
def test_each_host_is_heard(running, shop, body, headers):
    moves = Moves(running)
    sha = shop.push(GOOD % next(NUMBERS))
    reply = running.request("POST", "/hooks/_push/shop", raw=body, headers=headers)
    assert (reply.status, reply.json) == (202, {"workspace": "shop", "accepted": True, "reason": None})
    moves.wait_for("shop", sha)
    assert running.get("/api/workspaces/shop").json["revision"] == sha


def test_a_push_to_another_branch_is_politely_ignored(running, shop):
    shop.push(GOOD % next(NUMBERS), "side")
    for ref in ("refs/heads/side", "refs/tags/main", "refs/heads/feature/main"):
        body = form(ref)
        reply = running.request("POST", "/hooks/_push/shop", raw=body, headers={"X-Gitea-Signature": signed(body)})
        assert (reply.status, reply.json["accepted"]) == (202, False)
        assert ref in reply.json["reason"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": f"sha256={signed(MAIN, 'wrong')}"},
        {"X-Hub-Signature-256": signed(MAIN)},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Gitea-Signature": signed(MAIN).upper()},
        {"X-Gitea-Signature": signed(b"")},
        {"X-Gitlab-Token": ""},
        {"X-Gitlab-Token": SECRET + "x"},
        {"X-Gitlab-Token": "\xe4"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {SECRET}"},
    ],
)
def test_a_wrong_signature_moves_nothing(running, headers):
    reply = running.request("POST", "/hooks/_push/shop", raw=MAIN, headers=headers)
    assert (reply.status, reply.json["error"]) == (401, "Invalid or missing secret")


def test_without_a_secret_there_is_no_webhook(running):
    for name in ("off", "nobody", "%2e%2e"):
        reply = running.request("POST", f"/hooks/_push/{name}", raw=MAIN, headers={"Authorization": "Bearer "})
        assert reply.status == 404


def test_a_secret_in_a_file_may_change(running):
    secret = running.folder.parent / "secret"
    headers = {"X-Gitlab-Token": "from a file"}
    assert running.request("POST", "/hooks/_push/filed", raw=MAIN, headers=headers).status == 202
    secret.write_text("another")
    assert running.request("POST", "/hooks/_push/filed", raw=MAIN, headers=headers).status == 401
    secret.write_text("\n")
    assert running.request("POST", "/hooks/_push/filed", raw=MAIN, headers={"X-Gitlab-Token": ""}).status == 503


def test_secrets_are_shown_nowhere(running, caplog):
    running.request("POST", "/hooks/_push/shop", raw=MAIN, headers={"X-Gitlab-Token": "wrong"})
    running.request("POST", "/hooks/_push/shop", raw=MAIN, headers={"X-Gitlab-Token": SECRET})
    assert SECRET not in running.get("/api/workspaces/shop").body.decode() + caplog.text


def test_what_was_loaded_is_listed_with_its_problems(running, shop):
    shop.push(GOOD % next(NUMBERS))
    running.refresh("shop")
    shop.push("tasks: {t: {flow: {a: {action: nobody}}}}\n")
    running.refresh("shop")
    service = running.service
    service.commit_queue.submit(lambda turn: None).result(20)
    rows = service.commit_queue.submit(lambda turn: service.app.opened.stores.revisions.revisions("shop")).result(20)
    assert [row.is_accepted for row in rows[:2]] == [False, True]
    assert [problem.rule for problem in rows[0].problems] == ["unknown-action"]
    assert rows[1].branch == "main"


@given(st.binary(max_size=200), st.sampled_from(["application/json", "application/x-www-form-urlencoded", ""]))
def test_any_body_is_read(body, media):
    assert isinstance(refs_of(body, media), frozenset)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["ref", "push", "changes", "new", "old", "name", "type"]), inner)
        ),
    )
)
def test_any_json_is_read(value):
    refs = refs_of(json.dumps({"push": value, "ref": value}).encode())
    assert all(ref.startswith("refs/") for ref in refs)


@given(
    st.dictionaries(st.sampled_from(["X-Hub-Signature-256", "X-Gitlab-Token", "Authorization"]), st.text()), st.binary()
)
def test_nobody_guesses_a_signature(headers, body):
    assert not is_genuine(headers, body, "c2VjcmV0IQ-that-no-strategy-makes")


def test_deep_json_is_not_read():
    assert refs_of(b"[" * 100_000) == frozenset()


def test_a_server_that_starts_again_serves_the_last_good_revision_and_writes_nothing_twice(serve, remote):
    settings = {"workspaces": {"shop": {"type": "git", "url": f"file://{remote.bare}", "poll_interval_secs": 3600}}}
    good, listed = remote.git(remote.work, "rev-parse", "HEAD"), []
    for _ in range(2):
        running = serve(settings=settings)
        running.refresh("shop")
        if not listed:
            broken = remote.push("tasks: [\n")
            running.refresh("shop")
        shown = running.get("/api/workspaces/shop").json
        assert (shown["revision"], shown["candidate"]["revision"], shown["tasks_count"]) == (good, broken, 1)
        listed.append([row["revision"] for row in running.get("/api/workspaces/shop/revisions").json])
        running.stop()
    assert listed == [[broken, good], [broken, good]]
