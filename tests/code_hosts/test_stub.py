"""The answers of the tests' own code host are read by the clients that users of GitHub, Gitea and GitLab have."""

from __future__ import annotations

import gitlab
import pytest
from github import Auth, Github

from code_host_stub import OURS, OWNER, STRANGER, TOKEN, Pull

HEAD = "a" * 40


@pytest.mark.parametrize("provider", ["github", "gitea"])
def test_a_client_of_github_reads_it(host, provider):
    """Gitea has the same shapes."""
    stub = host(provider)
    stub.pulls[3] = Pull(3, HEAD)
    stub.note(3, STRANGER, "hello")
    stub.review(3, OWNER)
    client = Github(base_url=stub.url, auth=Auth.Token(TOKEN), retry=None, lazy=True)
    try:
        repository = client.get_repo(stub.repository)
        pull = repository.get_pull(3)
        assert (pull.number, pull.state, pull.head.sha, pull.base.ref) == (3, "open", HEAD, "main")
        assert client.get_user().id == OURS
        [review] = pull.get_reviews()
        assert (review.user.id, review.user.login, review.state, review.commit_id) == (77, "user-77", "APPROVED", HEAD)
        assert [each.number for each in repository.get_pulls(state="open", base="main")] == [3]
        opened = repository.create_pull(base="main", head="gitflow/ann/x", title="X", body="what")
        assert (opened.number, opened.head.ref, opened.html_url.split("/")[-1]) == (4, "gitflow/ann/x", "4")
        made = repository.get_commit(HEAD).create_status("pending", description="being judged", context="gitflow/shop")
        assert (made.state, made.context) == ("pending", "gitflow/shop")
    finally:
        client.close()
    assert stub.statuses == [(HEAD, "pending", "gitflow/shop", "being judged")]
    assert stub.wrong_tokens == 0


def test_a_client_of_gitlab_reads_it(host):
    stub = host("gitlab")
    stub.pulls[3] = Pull(3, HEAD)
    for number in range(30):
        stub.note(3, STRANGER, f"note {number}")
    with gitlab.Gitlab(stub.root, private_token=TOKEN) as client:
        client.auth()
        assert client.user is not None
        assert client.user.id == OURS
        project = client.projects.get(stub.repository)
        merge_request = project.mergerequests.get(3)
        stub.review(3, OWNER)
        [approval] = merge_request.approvals.get().approved_by
        assert (approval["user"]["username"], approval["approved_at"]) == ("user-77", "2026-01-02T00:00:00.000Z")
        assert [each.head_commit_sha for each in merge_request.diffs.list()] == [HEAD, "1" * 40]
        [listed] = project.mergerequests.list(state="opened", target_branch="main")
        assert listed.iid == 3
        assert (merge_request.iid, merge_request.state, merge_request.sha) == (3, "opened", HEAD)
        assert merge_request.target_branch == "main"
        opened = project.mergerequests.create(
            {"source_branch": "gitflow/ann/x", "target_branch": "main", "title": "X", "description": "what"}
        )
        assert (opened.iid, opened.source_branch, opened.web_url.split("/")[-1]) == (4, "gitflow/ann/x", "4")
        added = merge_request.notes.create({"body": "ours"})
        added.body = "ours, newer"
        added.save()
        assert [note.body for note in merge_request.notes.list(page=2)][-1] == "ours, newer"
        project.commits.get(HEAD, lazy=True).statuses.create(
            {"state": "success", "name": "gitflow/shop", "description": ""}
        )
        with pytest.raises(gitlab.GitlabCreateError, match="Cannot transition"):
            project.commits.get(HEAD, lazy=True).statuses.create(
                {"state": "success", "name": "gitflow/shop", "description": ""}
            )
    assert stub.ours(3) == ["ours, newer"]
