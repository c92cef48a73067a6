"""Changes over the API: each is a commit on the remote, and nothing of one that is refused stays anywhere."""

from __future__ import annotations

import threading

import pytest
from desk import COMMITTER, FILE, GOOD, ONE, TRIGGERS


def test_a_change_is_committed_to_the_served_branch_and_served(direct):
    reply = direct.put(GOOD % "new")
    made = reply.json
    assert (reply.status, made["status"], made["branch"], made["active"]) == (200, "committed", "main", True), reply
    assert direct.remote.tip() == made["revision"] != direct.base
    assert made["base"] == direct.base
    assert direct.remote.read("main") == GOOD % "new"
    assert direct.server.get(ONE).json["revision"] == made["revision"]
    job_id = direct.server.post(f"{ONE}/tasks/t/execute", {}).json["job_id"]
    assert direct.server.finished(job_id)["revision"] == made["revision"]
    assert "new" in direct.server.get(f"/api/jobs/{job_id}/logs").json["logs"]
    assert reply.headers["ETag"] == f'"{made["revision"]}"'
    assert direct.left() == []


def test_the_commit_names_its_caller_as_author_and_the_server_as_committer(direct):
    direct.put(GOOD % "new", query="?message=Say%20new%0A%0ABecause.%0A%0ABreaking%3A%20yes")
    form = "--format=%an <%ae>|%cn <%ce>|%P|%B"
    author, committer, parents, message = direct.remote.git(direct.remote.bare, "log", "-1", form, "main").split("|")
    assert (author, committer, parents) == (COMMITTER, COMMITTER, direct.base)  # on an open server nobody is known
    assert message == f"Say new\n\nBecause.\n\nBreaking: yes\nCommitted-by-API: {COMMITTER}"
    (row,) = direct.audit()
    assert (row["what"], row["subject"], row["outcome"]) == ("files.put", FILE, "done")
    assert row["details"] == {
        "path": FILE,
        "base": direct.base,
        "revision": direct.remote.tip(),
        "branch": "main",
    }


def test_a_proposal_goes_to_a_branch_of_its_own_and_changes_nothing_that_is_served(proposing):
    reply = proposing.put(GOOD % "new", query="?message=Say%20new!")
    made = reply.json
    assert (reply.status, made["status"], made["active"], made["pull_request"]) == (202, "proposed", False, None)
    assert made["branch"] == f"gitflow/gitflow/say-new-{made['revision'][:8]}"
    assert sorted(proposing.remote.branches()) == [made["branch"], "main"]
    assert proposing.remote.tip() == proposing.base
    assert proposing.remote.tip(made["branch"]) == made["revision"]
    assert proposing.server.get(ONE).json["revision"] == proposing.base
    assert proposing.left() == []


def test_a_file_is_added_read_changed_and_removed(direct):
    path = ".workflows/deep/er/größe.sh"
    assert direct.server.get(f"{ONE}/files/{path.replace('ö', '%C3%B6').replace('ß', '%C3%9F')}").status == 404
    url = path.replace("ö", "%C3%B6").replace("ß", "%C3%9F")
    content = bytes(range(256))
    added = direct.put(content, url)
    assert added.json["path"] == path, added
    read = direct.server.get(f"{ONE}/files/{url}")
    assert (read.body, read.headers["X-Revision"]) == (content, added.json["revision"])
    assert read.headers["Content-Type"] == "application/octet-stream"
    assert direct.server.get(f"{ONE}/files/{url}", {"If-None-Match": read.headers["ETag"]}).status == 304
    removed = direct.delete(url, read.headers["ETag"])
    assert removed.status == 200, removed
    assert direct.server.get(f"{ONE}/files/{url}").status == 404
    files = direct.remote.git(direct.remote.bare, "ls-tree", "-r", "--name-only", "main").split()
    assert files == [FILE, ".workflows/b.yaml"]  # with its folders
    assert direct.delete(url, f'"{direct.remote.tip()}"').status == 404
    log = direct.remote.git(direct.remote.bare, "log", "--format=%s", "-2", "main").splitlines()
    assert log == [f"Remove {path}", f"Add {path}"]


def test_a_mode_stays_and_a_new_file_is_not_executable(direct):
    direct.remote.commit({".workflows/run.sh": "#!/bin/sh\n"})
    (direct.remote.work / ".workflows/run.sh").chmod(0o755)
    direct.commit({})
    reply = direct.put("#!/bin/sh\necho\n", ".workflows/run.sh")
    direct.put("x", ".workflows/new.sh", f'"{reply.json["revision"]}"')
    lines = direct.remote.git(direct.remote.bare, "ls-tree", "-r", "main").splitlines()
    modes = {line.split("\t")[1]: line.split()[0] for line in lines}
    assert (modes[".workflows/run.sh"], modes[".workflows/new.sh"]) == ("100755", "100644")


def test_nothing_to_change_is_no_commit(direct):
    reply = direct.put(GOOD % "base")
    assert (reply.status, reply.json["status"], reply.json["revision"]) == (200, "unchanged", direct.base)
    assert direct.remote.tip() == direct.base
    assert direct.switch("enable").json["status"] == "unchanged"


def test_a_trigger_is_disabled_and_enabled_in_its_file_and_the_rest_stays(direct):
    reply = direct.switch("disable", message="Stop it")
    assert (reply.status, reply.json["path"], reply.json["active"]) == (200, ".workflows/b.yaml", True), reply
    changed = direct.remote.read("main", ".workflows/b.yaml")
    assert changed == TRIGGERS.replace("# cron\n", "# cron\n    enabled: false\n")
    assert direct.server.get(f"{ONE}/triggers/nightly").json["enabled"] is False
    assert direct.server.post(f"{ONE}/triggers/nightly/fire").status == 409
    assert direct.switch("enable").json["status"] == "committed"
    assert direct.server.get(f"{ONE}/triggers/nightly").json["enabled"] is True
    assert direct.switch("enable", "nowhere").status == 404
    subjects = direct.remote.git(direct.remote.bare, "log", "--format=%s", "-2", "main").splitlines()
    assert subjects == ["Enable trigger nightly", "Stop it"]
    audited = [(row["what"], row["outcome"]) for row in direct.audit() if "able" in row["what"]]
    assert audited == [("triggers.enable", "refused"), ("triggers.enable", "done"), ("triggers.disable", "done")]


def test_a_workspace_in_a_folder_of_its_repository_is_changed_there(make):
    desk = make({"path": "flows/shop"})
    desk.base = desk.remote.commit({f"flows/shop/{FILE}": GOOD % "below"})
    assert desk.put(GOOD % "new").json["path"] == FILE
    assert desk.remote.read("main", f"flows/shop/{FILE}") == GOOD % "new"
    assert desk.remote.read("main") == GOOD % "base"


def test_a_workspace_that_follows_the_default_branch_is_changed_there(make):
    desk = make({"ref": "HEAD"})
    made = desk.put(GOOD % "new").json
    assert (made["branch"], made["active"], desk.remote.tip()) == ("main", True, made["revision"])


def test_a_repository_of_sha256_is_changed_too(make):
    desk = make({}, "sha256")
    desk.settings["url"] = str(desk.remote.bare)  # a mirror is of SHA-1
    made = desk.put(GOOD % "new").json
    assert (len(made["revision"]), desk.remote.tip()) == (64, made["revision"])


def test_a_repository_that_is_named_by_its_path_is_pushed_to_as_well(make):
    desk = make()
    desk.settings["url"] = str(desk.remote.bare)
    made = desk.put(GOOD % "new").json
    assert (made["active"], desk.remote.tip()) == (True, made["revision"])


# What was edited, and what is there.


def test_a_change_without_the_revision_that_was_edited_is_refused(direct):
    for match in (None, "*"):
        reply = direct.put(GOOD % "new", match=match)
        assert (reply.status, reply.json["code"]) == (428, "precondition_required"), reply
    assert direct.delete(match=None).status == 428
    for match in ("main", '"', '"a" "b"', "W/abc"):
        assert direct.put(GOOD % "new", match=match).status == 400, match
    assert direct.remote.tip() == direct.base


@pytest.mark.parametrize("form", ['"{0}"', "{0}", '"other", "{0}"', 'W/"x" , "{0}"'])
def test_every_form_of_the_newest_revision_counts(direct, form):
    assert direct.put(GOOD % "new", match=form.format(direct.base)).status == 200


def test_a_revision_that_is_not_the_newest_is_refused_with_the_newest(direct):
    newest = direct.commit({"README": "x"})
    for match in (f'"{direct.remote.git(direct.remote.work, "rev-parse", "HEAD~1")}"', f'W/"{newest}"', '"elsewhere"'):
        reply = direct.put(GOOD % "new", match=match)
        assert (reply.status, reply.json["code"]) == (412, "precondition_failed"), reply
        assert newest in reply.json["error"]
    assert direct.remote.tip() == newest
    assert direct.left() == []


def test_the_etag_of_the_file_counts_whatever_else_has_changed(direct):
    etag = direct.server.get(f"{ONE}/files/{FILE}").headers["ETag"]
    direct.commit({"README": "x"})
    assert direct.put(GOOD % "new", match=etag).status == 200
    assert direct.put(GOOD % "newer", match=etag).status == 412
    assert direct.put("ls", ".workflows/other.sh", etag).status == 412


def test_a_revision_that_the_server_has_not_seen_yet_is_looked_for(direct):
    assert direct.server.get(ONE).json["revision"] == direct.base
    newest = direct.remote.commit({"README": "x"})
    reply = direct.put(GOOD % "new", match=f'"{newest}"')
    assert (reply.status, reply.json["base"]) == (200, newest)


def test_a_branch_that_moved_meanwhile_makes_a_conflict_and_nothing_changes(make):
    desk = make()
    for writable in ("direct", True):
        desk.settings["writable"] = writable
        desk.restart()
        desk.base = desk.remote.tip()
        assert desk.server.get(ONE).json["revision"] == desk.base
        moved = desk.remote.commit({"README": f"{writable}"})
        before = desk.remote.refs()
        reply = desk.put(GOOD % "new")
        assert (reply.status, reply.json["code"]) == (409, "conflict"), reply
        assert "not at" in reply.json["error"]
        assert (desk.remote.refs(), desk.remote.tip()) == (before, moved)
        assert desk.left() == []


def test_commits_that_somebody_took_back_are_not_brought_back(direct):
    """The branch was forced to an older commit: a plain push would be a fast-forward from there."""
    older = direct.base
    direct.commit({"README": "bad"})
    direct.remote.git(direct.remote.bare, "update-ref", "refs/heads/main", older)
    assert direct.put(GOOD % "new").status == 409
    assert direct.remote.tip() == older


def test_of_two_changes_at_once_one_is_made(direct):
    assert direct.server.get(ONE).status == 200
    replies: list[int] = []
    gate = threading.Barrier(4)

    def change(number: int) -> None:
        gate.wait()
        replies.append(direct.put(GOOD % number).status)

    threads = [threading.Thread(target=change, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(replies) == [200, 412, 412, 412]
    count = direct.remote.git(direct.remote.bare, "rev-list", "--count", f"{direct.base}..main")
    assert count == "1"


def test_a_tag_cannot_be_changed(make):
    desk = make({"ref": "v1"})
    desk.remote.git(desk.remote.bare, "tag", "v1", "main")
    reply = desk.put(GOOD % "new")
    assert (reply.status, "no branch" in reply.json["error"]) == (409, True), reply


def test_a_folder_and_a_workspace_that_is_not_writable_are_refused_in_a_sentence(direct):
    direct.others = True
    for name, said in (("here", "is a folder"), ("plain", "writable allows it")):
        for method, path in (("PUT", f"files/{FILE}"), ("POST", "triggers/nightly/disable")):
            headers = {"If-Match": f'"{direct.base}"'} if method == "PUT" else {}
            raw = b"{}" if method == "POST" else b"x" if method == "PUT" else None
            reply = direct.server.request(method, f"/api/workspaces/{name}/{path}", raw=raw, headers=headers)
            assert (reply.status, said in reply.json["error"]) == (409, True), (name, method, reply)
    assert direct.server.request("PUT", f"/api/workspaces/nowhere/files/{FILE}", raw=b"x").status == 404


def test_a_restart_goes_on_where_the_remote_stands(direct):
    first = direct.put(GOOD % 1).json["revision"]
    direct.restart()
    assert direct.server.get(ONE).json["revision"] == first
    assert direct.put(GOOD % 2, match=f'"{first}"').status == 200


def test_a_workspace_says_whether_it_is_writable_and_where_its_remote_is_without_credentials(make):
    desk = make({"writable": True, "url": "PLACE"})
    desk.settings["url"] = f"file://user:hunter2@{desk.remote.bare}"
    desk.others = True
    rows = {row["name"]: (row["writable"], row["remote"]) for row in desk.server.get("/api/workspaces").json}
    address = f"file://{desk.remote.bare}"
    assert rows == {"shop": (True, address), "plain": (False, address), "here": (False, None)}
    desk.stop()
    desk.settings["writable"] = "direct"
    assert desk.server.get(ONE).json["writable"] == "direct"
