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
