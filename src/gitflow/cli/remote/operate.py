"""Operations on the jobs of a server: on one, on several by their ids, or on all that a filter finds.

A function here takes the client and what its command was given; ``-o json`` prints what the API answers.
"""

from __future__ import annotations

from gitflow.cli.console.escape import indented, one_line
from gitflow.cli.console.exits import FAILED, OK
from gitflow.cli.console.streams import tell
from gitflow.cli.console.tables import print_value
from gitflow.cli.remote.client import Client, at
from gitflow.cli.remote.commands import whole_id
from gitflow.core.errors import GitflowError, InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.core.values import Json, JsonObject

    Request = Callable[[Mapping[str, Json]], tuple[tuple[str, ...], Json]]


def act(client: Client, operation: str, given: Mapping[str, Json]) -> int:
    """One operation on one job or several; a refusal does not stop the others."""
    for option in ("env", "workspace"):
        if given.get(option):
            raise InvalidInput(f"--{option} has no meaning on a server")
    ids: Sequence[str] = given["ids"] if "ids" in given else (given["id"],)
    if bool(ids) is bool(given.get("filters")):
        raise InvalidInput("name jobs by their ids, or by --filter, and not both")
    if given.get("dry_run"):
        return _show_meant(client, operation, ids, given)
    if given.get("filters") and not given["yes"]:
        from gitflow.cli.console.select import refuse_unasked

        refuse_unasked(operation, given["filters"])
    return _act_on_each(client, operation, ids, given) if ids else _act_on_all(client, operation, given)


def _show_meant(client: Client, operation: str, ids: Sequence[str], given: Mapping[str, Json]) -> int:
    from gitflow.cli.console.select import print_meant

    if given.get("latest"):
        raise InvalidInput("--latest takes the id of one job, and no --dry-run")
    named: JsonObject = (
        {"job_ids": [whole_id(client, id) for id in ids]} if ids else {"filter": _filter(given["filters"])}
    )
    meant: JsonObject = client.post(at("jobs", "bulk"), {"operation": operation, "dry_run": True, **named})
    print_meant(meant["job_ids"], meant["remaining"], given["output"])
    return OK


def _act_on_each(client: Client, operation: str, ids: Sequence[str], given: Mapping[str, Json]) -> int:
    status = OK
    answers: list[Json] = []
    for id in ids:
        try:
            answers.append(_asked(client, operation, whole_id(client, id), given))
        except GitflowError as refused:
            if len(ids) == 1:
                raise
            status = FAILED
            tell(f"gitflow: {id}: {indented(str(refused), '  ')}\n")
            continue
        if given["output"] == "table":
            _tell_of(operation, answers[-1].get("job_id") or id, answers[-1].get("job_id"))
    if given["output"] != "table" and answers:
        print_value(answers if len(ids) > 1 else answers[0], given["output"])
    return status


def _asked(client: Client, operation: str, job_id: str, given: Mapping[str, Json]) -> JsonObject:
    segments, body = REQUESTS[operation](given)
    if operation == "delete":
        return client.delete(at("jobs", job_id))
    query = {"event_id": given.get("event_id")}
    return client.post(at("jobs", job_id, *segments), body, query if operation == "event" else None)


def _act_on_all(client: Client, operation: str, given: Mapping[str, Json]) -> int:
    if given.get("latest"):
        raise InvalidInput("--latest takes the id of one job")
    asked = {**REQUESTS[operation](given)[1], "operation": operation}
    chosen: JsonObject = {"filter": _filter(given["filters"])}
    if given["yes"]:
        done = client.post(at("jobs", "bulk"), {**asked, **chosen})
    else:
        done = _done_once_agreed(client, asked, chosen)
    if done is None:
        return FAILED
    if given["output"] != "table":
        print_value(done, given["output"])
    else:
        _tell_of_all(operation, done)
    return OK if all(result["ok"] for result in done["results"]) else FAILED


def _done_once_agreed(client: Client, asked: JsonObject, chosen: JsonObject) -> JsonObject | None:
    """To just those jobs of which the person was told, whatever fits the filter by then; None without a yes."""
    from gitflow.cli.console.select import is_agreed

    meant: JsonObject = client.post(at("jobs", "bulk"), {**asked, **chosen, "dry_run": True})
    ids = meant.pop("job_ids")
    if not ids:
        return meant
    if not is_agreed(asked["operation"], len(ids)):
        return None
    done: JsonObject = client.post(at("jobs", "bulk"), {**asked, **chosen, "job_ids": ids})
    return {**done, "remaining": meant["remaining"]}


def _filter(filters: Sequence[str]) -> JsonObject:
    """As it is typed -> as the API takes it."""
    from gitflow.cli.console.select import chosen_filter
    from gitflow.core.record import fields_of
    from gitflow.core.timestamps import rfc3339

    typed = {name: value for name, value in fields_of(chosen_filter(filters)) if value}
    times = {name: rfc3339(typed[name]) for name in ("created_after", "created_before") if name in typed}
    states = {"status": list(typed["status"])} if "status" in typed else {}
    return {**typed, **times, **states}


def _tell_of_all(operation: str, done: JsonObject) -> None:
    from gitflow.cli.console.select import tell_of_rest

    for result in done["results"]:
        if result["ok"]:
            _tell_of(operation, result["job_id"], result.get("new_job_id"))
        else:
            tell(f"gitflow: {result['job_id']}: {indented(result['error'], '  ')}\n")
    tell_of_rest(not done["results"], done["remaining"])


def _tell_of(operation: str, id: str, new_id: str | None) -> None:
    """A new job is what was asked for; everything else is said on stderr, as for jobs of this machine."""
    if operation == "retry":
        print(one_line(str(new_id)))
    else:
        tell(f"{operation}: job {id}\n")


def _given(**fields: Json) -> JsonObject:
    """Without what was not said."""
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _on_job(operation: str, *fields: str) -> Request:
    return lambda given: ((operation,), _given(**{name: given.get(name) for name in fields}))


def _on_step(operation: str, *fields: str, **fixed: Json) -> Request:
    return lambda given: (
        ("steps", given["step"], operation),
        {**_given(**{name: given.get(name) for name in fields}), **fixed},
    )


def _retry(given: Mapping[str, Json]) -> tuple[tuple[str, ...], JsonObject]:
    newest = "latest" if given["latest"] else None
    return ("retry",), _given(**{"from": given["start"], "from_step": given["step"], "revision": newest})


def _complete(given: Mapping[str, Json]) -> tuple[tuple[str, ...], JsonObject]:
    from gitflow.cli.local.explain import parsed

    result = {} if given["result"] is None else {"result": parsed(given["result"], "--result")}
    return ("steps", given["step"], "complete"), {**result, **_given(reason=given.get("reason"))}


def _approve(given: Mapping[str, Json]) -> tuple[tuple[str, ...], JsonObject]:
    from gitflow.cli.console.inputs import gathered

    filled_in = gathered(given["inputs"], None)
    said = _given(input=filled_in or None, reason=given.get("reason"))
    return ("steps", given["step"], "approve"), {"approved": True, **said}


def _event(given: Mapping[str, Json]) -> tuple[tuple[str, ...], Json]:
    from gitflow.cli.local.explain import parsed

    return ("events", given["type"]), parsed(given["payload"], "--payload")


#: Command -> the rest of the path below the job, and the body.
REQUESTS: Mapping[str, Request] = {
    "cancel": _on_job("cancel", "reason"),
    "pause": _on_job("pause"),
    "resume": _on_job("resume"),
    "restart": _on_job("restart"),
    "delete": _on_job("delete"),
    "retry": _retry,
    "retry-step": _on_step("retry"),
    "replay": _on_step("replay"),
    "skip": _on_step("skip", "reason"),
    "complete": _complete,
    "approve": _approve,
    "reject": _on_step("approve", "reason", approved=False),
    "event": _event,
}
