"""What the states of a Job and its pod mean, in words."""

from __future__ import annotations

from typing import Any

import pytest

from gitflow.dispatch.kubernetes.states import Ended, look

JOB: dict[str, Any] = {"metadata": {"name": "gf-1"}, "status": {}}
DELETED = "2026-11-30T13:00:00Z"


def job(**condition: str) -> dict[str, Any]:
    return {**JOB, "status": {"conditions": [{"type": "Failed", "status": "True", **condition}]}}


def pod(step: Any = None, keeper: Any = None, fetch: Any = None, *, meta: Any = None, **status: Any) -> dict[str, Any]:
    container = {"name": "step", "image": "app:1", "resources": {"limits": {"memory": "64Mi"}}}
    return {
        "metadata": {"name": "gf-1-x", **(meta or {})},
        "spec": {"initContainers": [{"name": "fetch", "image": "helper"}], "containers": [container]},
        "status": {
            "initContainerStatuses": [{"name": "fetch", "state": fetch or {}}],
            "containerStatuses": [{"name": "step", "state": step or {}}, {"name": "keeper", "state": keeper or {}}],
            **status,
        },
    }


def ended(code: int, **more: Any) -> dict[str, Any]:
    return {"terminated": {"exitCode": code, "startedAt": "2026-11-30T13:00:00Z", **more}}


def waiting(reason: str, message: str) -> dict[str, Any]:
    return {"waiting": {"reason": reason, "message": message}}


def test_a_job_that_has_just_begun_says_nothing():
    seen = look(JOB, None)
    assert (seen.has_pod, seen.started_at, seen.ended, seen.never, seen.lost) == (False, None, None, None, None)


def test_a_running_step_has_its_start():
    seen = look(JOB, pod({"running": {"startedAt": "2026-11-30T13:00:00Z"}}))
    assert (seen.started_at, seen.ended, seen.lost, seen.pod) == ("2026-11-30T13:00:00Z", None, None, "gf-1-x")


@pytest.mark.parametrize(
    ("condition", "is_silent"),
    [
        ({"status": "True"}, False),
        ({"status": "False", "reason": "ContainersNotReady"}, False),
        ({"status": "False"}, True),
        ({"status": "Unknown", "reason": "NodeStatusUnknown"}, True),
        ({"status": "False", "reason": None}, True),
    ],
)
def test_a_running_pod_that_is_not_ready_without_a_reason_of_its_own_has_a_silent_node(condition, is_silent):
    running = {"running": {"startedAt": "2026-11-30T13:00:00Z"}}
    conditions = [{"type": "Initialized", "status": "False"}, {"type": "Ready", **condition}]
    assert look(JOB, pod(running, conditions=conditions)).is_node_silent is is_silent
    assert not look(JOB, pod(ended(0), conditions=conditions)).is_node_silent


@pytest.mark.parametrize(
    ("state", "end"),
    [
        (ended(0, reason="Completed"), Ended(0)),
        (ended(3, reason="Error"), Ended(3)),
        (ended(128, reason="StartError", message="no sh"), Ended(128, "the container cannot be started: no sh")),
        (
            ended(137, reason="OOMKilled"),
            Ended(137, note="; it was killed because it needed more memory than its limit (64Mi)"),
        ),
        (ended(137, reason="ContainerStatusUnknown"), None),
    ],
)
def test_the_end_of_a_step(state, end):
    assert look(JOB, pod(state)).ended == end


@pytest.mark.parametrize(
    ("given", "never"),
    [
        (pod(waiting("ErrImagePull", "not found")), None),
        (pod(waiting("ImagePullBackOff", "Back-off")), "the image 'app:1' cannot be pulled: Back-off"),
        (pod(fetch=waiting("InvalidImageName", "no")), "the image 'helper' cannot be pulled: no"),
        (pod(waiting("CreateContainerConfigError", 'secret "gf-1" not found')), None),
        (
            pod(waiting("CreateContainerConfigError", "container has runAsNonRoot")),
            "the container 'step' cannot be created: container has runAsNonRoot",
        ),
        (pod(fetch=ended(1, message="no route")), "its files could not be brought to the pod: no route"),
        (pod(fetch=ended(0)), None),
    ],
)
def test_a_step_that_never_begins_has_its_reason(given, never):
    assert look(JOB, given).never == never


@pytest.mark.parametrize(
    ("the_job", "the_pod", "lost"),
    [
        (None, pod(), "its Job was deleted before its end was read"),
        (
            {**JOB, "metadata": {"name": "gf-1", "deletionTimestamp": DELETED}},
            None,
            "its Job was deleted before its end was read",
        ),
        (JOB, pod(meta={"deletionTimestamp": DELETED}), "its pod was deleted"),
        (JOB, pod(reason="Evicted", message="low on memory"), "its pod was evicted: low on memory"),
        (JOB, pod(reason="NodeLost", message="node gone"), "its node went away: node gone"),
        (job(reason="BackoffLimitExceeded", message="reached"), None, "its pod is gone: reached"),
        (job(reason="BackoffLimitExceeded"), pod(ended(1)), None),
    ],
)
def test_what_the_cluster_took_away_has_its_reason(the_job, the_pod, lost):
    assert look(the_job, the_pod).lost == lost


def test_a_pod_that_has_failed_says_nothing_more():
    assert look(JOB, pod(phase="Failed", reason="Evicted")).is_over
    assert look(JOB, None).is_over
    assert not look(JOB, pod(phase="Running")).is_over


def test_the_deadline_of_the_cluster_is_a_time_limit_and_no_loss():
    seen = look(job(reason="DeadlineExceeded"), None)
    assert (seen.is_late, seen.lost) == (True, None)
