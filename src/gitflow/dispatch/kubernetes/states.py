"""What the state of a Job and its pod means for the attempt. The functions are pure: they read objects as the API
returns them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.dispatch.kubernetes.manifests import FETCH, KEEPER, STEP_CONTAINER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Object = dict[str, Any]

#: Reasons of waiting containers that will never start: because of the image, and for other causes.
_NO_IMAGE = frozenset({"ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable"})
_NO_CONTAINER = frozenset({"CreateContainerError", "RunContainerError", "CreateContainerConfigError"})
#: Part of the message while the Secret does not exist yet; it is created right after the Job.
_PASSING = "not found"
#: The reasons of containers that were never started: the program is missing, or cannot be executed.
_NOT_STARTED = frozenset({"StartError", "ContainerCannotRun"})
#: The reasons of a pod that is not ready because its node does not answer.
_OF_NODE = frozenset({"", "NodeNotReady", "NodeStatusUnknown"})
_MAX_QUOTED = 500


class Ended(Record):
    """The end of the step's container."""

    exit_code: int
    error: str | None = None  #: why its program did not start
    note: str = ""  #: an addition to the message of a failure


class Seen(Record):
    """What is known of an attempt."""

    has_pod: bool = False
    pod: str = ""
    started_at: str | None = None  #: when the step's container started, as the cluster wrote it
    ended: Ended | None = None
    keeper_ended: bool = False
    is_over: bool = False  #: none of its containers can report anything any more
    never: str | None = None  #: why the step will never begin
    is_node_silent: bool = False  #: the step runs, but the cluster has not heard of its node for a while
    lost: str | None = None  #: why the cluster ended it, or its end will never be known
    is_late: bool = False  #: the cluster ended it because of its deadline


def look(job: Object | None, pod: Object | None) -> Seen:
    """``job`` and ``pod`` are None if they do not exist, or not any more."""
    status = _part(pod, "status")
    containers: Object = {each["name"]: each for each in status.get("containerStatuses") or ()}
    state = _part(containers.get(STEP_CONTAINER), "state")
    ended = _ended(state.get("terminated"), pod)
    is_late = _is_late(job) or status.get("reason") == "DeadlineExceeded"
    return Seen(
        has_pod=pod is not None,
        pod="" if pod is None else pod["metadata"]["name"],
        started_at=(_part(state, "running") or _part(state, "terminated")).get("startedAt"),
        ended=ended,
        is_over=pod is None or status.get("phase") in ("Succeeded", "Failed"),
        keeper_ended=bool(_part(_part(containers.get(KEEPER), "state"), "terminated")),
        never=None if pod is None or ended is not None else _never(pod),
        is_node_silent=pod is not None and bool(_part(state, "running")) and _is_node_silent(pod),
        lost=None if is_late else _lost(job, pod),
        is_late=is_late,
    )


def _ended(terminated: Object | None, pod: Object | None) -> Ended | None:
    if not terminated or terminated.get("reason") == "ContainerStatusUnknown":
        return None
    code, reason = int(terminated.get("exitCode") or 0), terminated.get("reason")
    if reason in _NOT_STARTED:
        return Ended(code, f"the container cannot be started: {_quoted(terminated.get('message'))}")
    if reason == "OOMKilled":
        return Ended(code, note=f"; it was killed because it needed more memory than its limit ({_memory_of(pod)})")
    return Ended(code)


def _never(pod: Object) -> str | None:
    """Why the step will never begin."""
    for container in _statuses(pod):
        state = _part(container, "state")
        waiting, terminated = _part(state, "waiting"), _part(state, "terminated")
        reason, message = waiting.get("reason"), waiting.get("message")
        if reason in _NO_IMAGE:
            return f"the image {_image_of(pod, container['name'])!r} cannot be pulled: {_quoted(message or reason)}"
        if reason in _NO_CONTAINER and _PASSING not in str(message):
            return f"the container {container['name']!r} cannot be created: {_quoted(message or reason)}"
        if container["name"] == FETCH and terminated.get("exitCode"):
            said = terminated.get("message") or terminated.get("reason") or "unknown reason"
            return f"its files could not be brought to the pod: {_quoted(said)}"
    return None


def _lost(job: Object | None, pod: Object | None) -> str | None:
    """The order matters: the first reason that applies explains the others."""
    status = _part(pod, "status")
    if job is None or job["metadata"].get("deletionTimestamp"):
        return "its Job was deleted before its end was read"
    if status.get("reason") == "Evicted":
        return f"its pod was evicted: {_quoted(status.get('message'))}"
    if pod is not None and pod["metadata"].get("deletionTimestamp"):
        return "its pod was deleted"
    if status.get("reason") in ("NodeLost", "NodeShutdown", "Shutdown", "Terminated"):
        return f"its node went away: {_quoted(status.get('message') or status['reason'])}"
    failed = _condition(job, "Failed")
    if pod is None and failed is not None:
        return f"its pod is gone: {_quoted(failed.get('message') or failed.get('reason'))}"
    return None


def _is_node_silent(pod: Object) -> bool:
    """Whether the cluster has marked the pod as not ready because its node does not answer. A node that marks its own
    pod gives a reason; the cluster's controller gives none, or that of the node."""
    conditions = _part(pod, "status").get("conditions") or ()
    return any(
        each.get("type") == "Ready" and each.get("status") != "True" and (each.get("reason") or "") in _OF_NODE
        for each in conditions
    )


def _is_late(job: Object | None) -> bool:
    failed = None if job is None else _condition(job, "Failed")
    return failed is not None and failed.get("reason") == "DeadlineExceeded"


def _condition(job: Object, kind: str) -> Object | None:
    conditions = _part(job, "status").get("conditions") or ()
    return next((each for each in conditions if each.get("type") == kind and each.get("status") == "True"), None)


def _statuses(pod: Object) -> Iterator[Object]:
    status = _part(pod, "status")
    yield from status.get("initContainerStatuses") or ()
    yield from status.get("containerStatuses") or ()


def _specs(pod: Object) -> Iterator[Object]:
    yield from pod["spec"].get("initContainers") or ()
    yield from pod["spec"].get("containers") or ()


def _image_of(pod: Object, name: str) -> str:
    return next((each["image"] for each in _specs(pod) if each["name"] == name), "")


def _memory_of(pod: Object | None) -> str:
    step = next((each for each in _specs(pod) if each["name"] == STEP_CONTAINER), None) if pod is not None else None
    return str(_part(_part(step, "resources"), "limits").get("memory") or "of its node")


def _part(given: Object | None, key: str) -> Object:
    """An object inside another one; empty if it is missing."""
    return (given or {}).get(key) or {}


def _quoted(text: object) -> str:
    said = str(text or "").strip()
    return said[:_MAX_QUOTED]
