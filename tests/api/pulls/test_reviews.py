"""Rules ``owners``: reviews that the code host reports; and pull requests that are judged again."""

from __future__ import annotations

from scene import GOOD, Scene

from code_host_stub import OWNER, STRANGER, Pull

OWNED = "rules: {owned: {owners: [release-managers]}}\n"
CHANGED = {".workflows/a.yaml": GOOD % "changed"}


def own(scene: Scene) -> None:
    """From now on a change needs an owner."""
    scene.git(scene.work, "checkout", "-q", "main")
    scene.base = scene.commit({".workflows/policy.yaml": OWNED})
    scene.push("refs/heads/main")
    scene.running.refresh("shop")
    scene.idle()


def last(scene: Scene, pull: Pull) -> str:
    return "success" if scene.host.states_of(pull.head)[-1] == "success" else "failure"


def test_an_approval_of_an_owner_lets_the_head_pass_and_is_asked_for_at_the_host(scene):
    own(scene)
    pull = scene.open(CHANGED)
    assert "release-managers" in scene.judged(pull)
    assert last(scene, pull) == "failure"
    scene.host.review(pull.number, STRANGER)
    scene.tell_of_review(pull.number)
    assert last(scene, pull) == "failure"
    scene.host.review(pull.number, OWNER)
    scene.tell_of_review(pull.number)
    assert last(scene, pull) == "success"
    scene.host.review(pull.number, OWNER, "changes")
    scene.tell_of_review(pull.number)
    assert last(scene, pull) == "failure"
    assert len(scene.host.ours(pull.number)) == 1


def test_an_approval_of_the_head_before_does_not_let_another_head_pass(scene):
    own(scene)
    pull = scene.open(CHANGED)
    scene.host.review(pull.number, OWNER)
    scene.judged(pull)
    assert last(scene, pull) == "success"
    reviews = pull.reviews
    pull = scene.open({".workflows/a.yaml": GOOD % "something else"}, pull.number, since="2026-01-03T00:00:00.000Z")
    pull.reviews = reviews
    scene.judged(pull)
    assert last(scene, pull) == "failure"


def test_reviews_that_the_host_does_not_show_count_for_none(github):
    own(github)
    pull = github.open(CHANGED)
    github.host.review(pull.number, OWNER)
    github.tell(pull.number)
    github.idle()
    github.host.review(pull.number, STRANGER)
    github.host.hides_reviews = True
    github.tell_of_review(pull.number)
    assert last(github, pull) == "failure"


def test_open_pull_requests_are_judged_again_when_their_base_moves(scene):
    into_main, closed = scene.open(CHANGED), scene.open({**CHANGED, "x": "1"}, is_open=False)
    elsewhere = scene.open({**CHANGED, "x": "2"}, base="another")
    scene.judged(into_main)
    assert last(scene, into_main) == "success"
    own(scene)
    scene.host.wait_for(lambda: scene.host.states_of(into_main.head)[3:])
    scene.idle()
    assert last(scene, into_main) == "failure"
    assert scene.host.states_of(closed.head) == scene.host.states_of(elsewhere.head) == []
    assert "release-managers" in scene.host.ours(into_main.number)[-1]
    seen = len(scene.host.requests)
    scene.running.refresh("shop")
    scene.idle()
    assert len(scene.host.requests) == seen
