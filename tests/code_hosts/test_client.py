"""What the client makes of a code host's refusals, and which comment it takes for its own."""

from __future__ import annotations

import asyncio
from email.utils import formatdate

import pytest

from code_host_stub import OURS, OWNER, STRANGER, TOKEN, Pull
from gitflow.api.pulls.sending import Sender
from gitflow.code_hosts.base import PENDING, CommitStatus, NewPull, RefusedByHost, Repository, Unavailable
from gitflow.code_hosts.client import MAX_WAIT_S, Client
from gitflow.code_hosts.registry import DIALECTS
from gitflow.core.errors import WorkspaceError

NOW = 1_000_000.0
PROVIDERS = ("github", "gitea", "gitlab")
MARKER = "<!-- ours -->"


def asked(stub, tmp_path, *calls, token=TOKEN):
    """The answers to calls of a client, one after another."""
    (tmp_path / "token").write_text(f"{token}\n")

    async def ask():
        sender = Sender()
        repository = Repository(stub.url, stub.repository)
        client = Client(DIALECTS[stub.provider], repository, str(tmp_path / "token"), sender, lambda: NOW)
        try:
            return [await call(client) for call in calls]
        finally:
            await sender.close()

    return asyncio.run(ask())


def looking(client):
    return client.pull_request(3)


@pytest.fixture
def github(host):
    stub = host("github")
    stub.pulls[3] = Pull(3, "a" * 40)
    return stub


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_pull_request_is_opened_once_for_a_branch(host, tmp_path, provider):
    stub = host(provider)
    pull = NewPull("gitflow/ann/x", "main", "X", "what")
    [opened] = asked(stub, tmp_path, lambda client: client.open_pull(pull))
    assert (opened.number, opened.url.startswith(stub.root)) == (1, True)
    made = stub.pulls[1]
    assert (made.branch, made.base, made.title, made.text) == ("gitflow/ann/x", "main", "X", "what")
    with pytest.raises(RefusedByHost):
        asked(stub, tmp_path, lambda client: client.open_pull(pull))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_address_that_no_browser_should_follow_is_left_out(provider):
    for url in ("javascript:alert(1)", "https://a b", "https://" + "a" * 3000, 7, None):
        answer = {"number": 1, "iid": 1, "html_url": url, "web_url": url}
        assert DIALECTS[provider].read_opened_pull(answer).url is None


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_pull_request_is_read(host, tmp_path, provider):
    stub = host(provider)
    stub.pulls[3] = Pull(3, "a" * 40, "release", is_open=False)
    (found,) = asked(stub, tmp_path, looking)
    assert (found.number, found.head, found.base_branch, found.is_open) == (3, "a" * 40, "release", False)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_status_that_is_set_twice_is_no_error(host, tmp_path, provider):
    stub = host(provider)
    status = CommitStatus("a" * 40, PENDING, "gitflow/shop", "being judged")
    asked(stub, tmp_path, *[lambda client: client.set_status(status)] * 2)
    assert set(stub.statuses) == {("a" * 40, "pending", "gitflow/shop", "being judged")}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_comment_of_another_account_is_not_ours_whatever_it_begins_with(host, tmp_path, provider):
    stub = host(provider)
    stub.note(3, STRANGER, f"{MARKER}\nall is well")
    for number in range(250):
        stub.note(3, STRANGER, f"chatter {number}")
    stub.note(3, OURS, "not marked")
    for text in ("first", "second"):
        asked(stub, tmp_path, lambda client, text=text: client.write_comment(3, MARKER, text))
    assert stub.ours(3) == ["not marked", f"{MARKER}\nsecond"]
    assert stub.notes[3][0].text == f"{MARKER}\nall is well"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_comment_that_says_the_same_is_not_written_again(host, tmp_path, provider):
    stub = host(provider)
    for _ in range(2):
        asked(stub, tmp_path, lambda client: client.write_comment(3, MARKER, "the same\n"))
    assert len([method for method, _ in stub.requests if method in ("POST", "PUT", "PATCH")]) == 1


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (429, {"Retry-After": "7"}, 7.0),
        (429, {}, None),
        (403, {"Retry-After": "60"}, 60.0),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 90)}, 90.0),
        (429, {"RateLimit-Remaining": "0", "RateLimit-Reset": str(int(NOW) + 30)}, 30.0),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, 0.0),
        (503, {"Retry-After": formatdate(NOW + 20, usegmt=True)}, 20.0),
        (429, {"Retry-After": "999999999"}, MAX_WAIT_S),
        (429, {"Retry-After": "soon"}, None),
        (500, {}, None),
        (502, {}, None),
    ],
)
def test_a_refusal_that_passes_says_how_long_to_wait(github, tmp_path, status, headers, wait_s):
    github.refusals.append((status, headers))
    with pytest.raises(Unavailable) as refused:
        asked(github, tmp_path, looking)
    assert refused.value.retry_after_s == wait_s


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
def test_another_refusal_is_final(github, tmp_path, status):
    github.refusals.append((status, {"X-RateLimit-Remaining": "12"}))
    with pytest.raises(RefusedByHost):
        asked(github, tmp_path, looking)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed_with_the_token(github, host, tmp_path, status):
    elsewhere = host("github")
    elsewhere.pulls[3] = Pull(3, "b" * 40)
    github.refusals.append((status, {"Location": f"{elsewhere.url}/repos/team/shop/pulls/3"}))
    with pytest.raises(RefusedByHost, match="redirect"):
        asked(github, tmp_path, looking)
    assert elsewhere.requests == []


def test_a_host_that_is_down_is_unavailable(github, tmp_path):
    github.stop()
    with pytest.raises(Unavailable):
        asked(github, tmp_path, looking)


def test_what_a_refusal_says_and_the_token_stand_in_no_error(github, tmp_path):
    github.refusals.append((422, {}))
    with pytest.raises(RefusedByHost) as refused:
        asked(github, tmp_path, looking)
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize("token", ["", "two\nlines", "caf\xe9"])
def test_a_file_without_a_token_is_an_error_without_its_content(github, tmp_path, token):
    with pytest.raises(WorkspaceError, match="holds no token") as refused:
        asked(github, tmp_path, looking, token=token)
    assert not token or token not in str(refused.value)
    assert github.requests == []


@pytest.mark.parametrize("answer", [None, [], {}, {"number": "3"}, {"number": 3, "head": None, "base": {}, "state": 1}])
def test_an_answer_that_is_something_else_is_an_error(host, tmp_path, answer, monkeypatch):
    stub = host("github")
    monkeypatch.setattr(stub, "answer", lambda *asked: (200, answer))
    with pytest.raises(RefusedByHost, match="something else"):
        asked(stub, tmp_path, looking)


def approvers(stub, tmp_path):
    (found,) = asked(stub, tmp_path, looking)
    (logins,) = asked(stub, tmp_path, lambda client: client.approvers(found))
    return logins


@pytest.fixture(params=PROVIDERS)
def reviewed(host, request):
    stub = host(request.param)
    stub.pulls[3] = Pull(3, "a" * 40)
    return stub


def test_an_approval_of_exactly_the_head_counts(reviewed, tmp_path):
    assert approvers(reviewed, tmp_path) == frozenset()
    reviewed.review(3, STRANGER, "comment")
    reviewed.review(3, OWNER)
    reviewed.review(3, OWNER, "comment")
    assert approvers(reviewed, tmp_path) == {"user-77"}


def test_an_approval_of_an_older_head_does_not_count(reviewed, tmp_path):
    reviewed.review(3, OWNER, stale=True)
    reviewed.pulls[3].head = "b" * 40
    reviewed.pulls[3].since = "2026-01-02T01:00:00.000Z"
    assert approvers(reviewed, tmp_path) == frozenset()
    reviewed.review(3, OWNER, at="2026-01-02T03:00:00.500+01:00")
    assert approvers(reviewed, tmp_path) == {"user-77"}


@pytest.mark.parametrize("kind", ["changes", "dismissed"])
def test_an_approval_that_was_taken_back_does_not_count(reviewed, tmp_path, kind):
    reviewed.review(3, OWNER)
    reviewed.review(3, STRANGER)
    reviewed.review(3, OWNER, kind)
    assert approvers(reviewed, tmp_path) == {"user-666"}


@pytest.mark.parametrize("provider", ["github", "gitea"])
def test_what_stands_on_a_later_page_of_reviews_counts(host, tmp_path, provider):
    stub = host(provider)
    stub.pulls[3] = Pull(3, "a" * 40)
    stub.review(3, OWNER)
    for _ in range(105):
        stub.review(3, STRANGER, "comment")
    stub.review(3, OWNER, "changes")
    assert approvers(stub, tmp_path) == frozenset()


def test_an_approval_that_gitea_calls_stale_does_not_count_whatever_its_commit(host, tmp_path):
    stub = host("gitea")
    stub.pulls[3] = Pull(3, "a" * 40)
    stub.review(3, OWNER, stale=True)
    assert approvers(stub, tmp_path) == frozenset()


def test_an_approval_of_which_gitlab_does_not_say_when_does_not_count(host, tmp_path):
    stub = host("gitlab")
    stub.pulls[3] = Pull(3, "a" * 40)
    stub.review(3, OWNER, at="")
    assert approvers(stub, tmp_path) == frozenset()


def test_open_pull_requests_into_a_branch_are_listed_by_the_page(reviewed, tmp_path):
    for number in range(4, 140):
        reviewed.pulls[number] = Pull(number, "a" * 40, "main" if number % 2 else "release/1", is_open=number % 3 != 0)
    wanted = [number for number, pull in reviewed.pulls.items() if pull.is_open and pull.base == "main"]
    (found,) = asked(reviewed, tmp_path, lambda client: client.open_pulls("main"))
    assert sorted(found) == wanted
    (found,) = asked(reviewed, tmp_path, lambda client: client.open_pulls("release/1"))
    assert len(found) > 40
    assert asked(reviewed, tmp_path, lambda client: client.open_pulls("gone")) == [[]]


def test_a_list_without_an_end_and_what_is_no_list_are_refused(host, tmp_path, monkeypatch):
    monkeypatch.setattr("gitflow.code_hosts.base.MAX_PAGES", 1)
    stub = host("github")
    stub.pulls[3] = Pull(3, "a" * 40)
    with pytest.raises(RefusedByHost, match="something else"):
        asked(stub, tmp_path, lambda client: client.open_pulls("main"))
    stub.refusals.append((200, {}))
    with pytest.raises(RefusedByHost, match="something else"):
        asked(stub, tmp_path, lambda client: client.open_pulls("main"))
