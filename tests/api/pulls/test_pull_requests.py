"""Pull requests, as a server judges them: a webhook, a real repository, and a code host that is told."""

from __future__ import annotations

from scene import BROKEN, GOOD

SUCCESS = {"github": "success", "gitea": "success", "gitlab": "success"}
FAILURE = {"github": "failure", "gitea": "failure", "gitlab": "failed"}


def test_a_good_head_gets_a_status_and_a_comment_with_its_plan(scene):
    pull = scene.open({".workflows/a.yaml": GOOD % "head"})
    comment = scene.judged(pull)
    assert scene.host.states_of(pull.head) == ["pending", "success"]
    assert scene.host.statuses[-1][2:] == ("gitflow/shop", "1 change: 1 changed")
    assert "changed task `t`" in comment
    assert "`flow.a.cmd`" in comment


def test_a_head_with_errors_fails_and_shows_them(scene):
    pull = scene.open({".workflows/a.yaml": BROKEN})
    comment = scene.judged(pull)
    assert scene.host.states_of(pull.head) == ["pending", FAILURE[scene.host.provider]]
    assert scene.host.statuses[-1][3] == "1 error"
    assert "nobody-knows" in comment


def test_the_comment_is_updated_and_not_repeated(scene):
    pull = scene.open({".workflows/a.yaml": BROKEN})
    scene.judged(pull)
    newer = scene.open({".workflows/a.yaml": GOOD % "head"}, pull.number)
    assert "nobody-knows" not in scene.judged(newer)
    assert len(scene.host.ours(pull.number)) == 1


def test_a_head_that_is_behind_is_judged_as_it_would_be_merged(github):
    pull = github.open({".workflows/b.yaml": "tasks: {b: {flow: {a: {type: shell, cmd: 'echo b'}}}}\n"})
    github.git(github.work, "checkout", "-q", "main")
    github.commit({".workflows/c.yaml": "tasks: {c: {flow: {a: {type: shell, cmd: 'echo c'}}}}\n"})
    github.push("refs/heads/main")
    github.judged(pull)
    assert github.host.statuses[-1][3] == "1 change: 1 added"


def test_a_head_that_cannot_be_merged_fails_and_says_what_to_do(github):
    pull = github.open({".workflows/a.yaml": GOOD % "head"})
    github.git(github.work, "checkout", "-q", "main")
    github.commit({".workflows/a.yaml": GOOD % "main"})
    github.push("refs/heads/main")
    assert "bring it up to date" in github.judged(pull)
    assert github.host.states_of(pull.head) == ["pending", "failure"]


def test_a_host_that_is_down_for_a_while_is_told_later(scene):
    pull = scene.open({".workflows/a.yaml": GOOD % "x"})
    scene.host.refusals.extend([(503, {}), (429, {"Retry-After": "1"})])
    scene.judged(pull)
    assert scene.host.states_of(pull.head) == ["pending", "success"]


def test_a_refused_push_to_the_served_branch_gets_a_status(scene):
    scene.git(scene.work, "checkout", "-q", "main")
    broken = scene.commit({".workflows/a.yaml": BROKEN})
    scene.push("refs/heads/main")
    scene.running.refresh("shop")
    scene.host.wait_for(lambda: scene.host.statuses)
    status = (broken, FAILURE[scene.host.provider], "gitflow/shop")
    assert scene.host.statuses == [(*status, "refused with 1 error; the revision before stays active")]


def test_a_push_that_an_administrator_accepts_gets_its_status_after_the_refusal(scene):
    scene.git(scene.work, "checkout", "-q", "main")
    scene.commit({".workflows/policy.yaml": "rules: {short: {max_timeout: 1h}}\n"})
    scene.push("refs/heads/main")
    scene.running.refresh("shop")
    slow = scene.commit({".workflows/a.yaml": GOOD.replace("flow", "timeout: 2h\n    flow") % "slow"})
    scene.push("refs/heads/main")
    scene.running.refresh("shop")
    path = f"/api/workspaces/shop/revisions/{slow}/accept"
    assert scene.running.post(path, {"reason": "disks"}).json["revision"] == slow
    scene.host.wait_for(lambda: scene.host.statuses[1:])
    found = [(sha, text) for sha, _, _, text in scene.host.statuses]
    refused = "refused with 1 error; the revision before stays active"
    assert found == [(slow, refused), (slow, "accepted by an administrator, with 1 error")]
    assert scene.host.states_of(slow) == [FAILURE[scene.host.provider], "success"]


def test_a_secret_that_cannot_be_read_is_said_and_a_changed_one_counts(github):
    pull = github.open({".workflows/a.yaml": GOOD % "x"})
    (github.folder / "secret").write_text("another\n")
    assert github.tell(pull.number).status == 401
    assert github.tell(pull.number, "another").status == 202
    (github.folder / "secret").unlink()
    assert github.tell(pull.number, "another").status == 503
    github.idle()
