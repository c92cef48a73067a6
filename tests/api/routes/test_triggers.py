# ruff: noqa: E501
"""Triggers over HTTP: what they are, and the operator's hand on them; and events that are sent."""

from __future__ import annotations

import json
import time

from gitflow.core.timestamps import rfc3339

DEFINITIONS = """
tasks:
  t:
    input: {n: {type: integer, default: 0}}
    flow: {a: {type: shell, cmd: "true"}}
triggers:
  nightly: {type: scheduler, cron: "0 0 2 * * *", task: t, timezone: Europe/Berlin, input: {n: 1}}
  ordered: {type: event, on: {type: order}, task: t, input: {n: "{{ event.data.n }}"}}
  off: {type: scheduler, cron: "@daily", task: t, enabled: false}
"""
TRIGGERS = "/api/workspaces/default/triggers"


def test_the_list_tells_what_comes_next_and_what_was(serve):
    server = serve(DEFINITIONS)
    listed = {trigger["name"]: trigger for trigger in server.get(TRIGGERS).json}
    assert list(listed) == ["nightly", "ordered", "off"]
    nightly = listed["nightly"]
    assert (nightly["cron"], nightly["task"], nightly["enabled"], nightly["input"]) == (
        "0 0 2 * * *",
        "t",
        True,
        {"n": 1},
    )
    assert len(nightly["next_runs"]) == 5
    assert nightly["next_runs"][0][-6:] in ("+01:00", "+02:00")
    assert (nightly["last_fired_at"], nightly["suspended"]) == (None, False)
    assert listed["off"]["next_runs"] == []


def test_firing_now_starts_a_job_with_what_is_given_over_the_triggers_own_input(serve):
    server = serve(DEFINITIONS)
    first = server.post(f"{TRIGGERS}/nightly/fire")
    assert (first.status, first.json["task"]) == (200, "t")
    assert server.finished(first.json["job_id"])["input"] == {"n": 1}
    second = server.post(f"{TRIGGERS}/nightly/fire", {"input": {"n": 7}})
    job = server.finished(second.json["job_id"])
    assert (job["input"], job["source_type"], job["source_id"]) == ({"n": 7}, "trigger", "nightly")
    assert server.get(f"{TRIGGERS}/nightly").json["last_fired_at"] is not None
    events = server.get(f"{TRIGGERS}/nightly/events").json
    assert [(event["what"], event["job_id"]) for event in events] == [
        ("fired", second.json["job_id"]),
        ("fired", first.json["job_id"]),
    ]


def test_a_trigger_fired_by_hand_uses_this_moment_and_this_revision(serve):
    server = serve(
        "tasks:\n"
        "  t: {input: {what: {type: string, required: true}}, flow: {a: {type: shell, cmd: 'true'}}}\n"
        "triggers:\n"
        "  yearly: {type: scheduler, cron: '@yearly', task: t, input: {what: '{{ event.trigger }} {{ event.scheduled_at }}'}}\n"
        "  pushed: {type: push, task: t, input: {what: '{{ event.revision }} {{ event.before }} {{ event.paths }}'}}\n"
    )
    before = rfc3339(time.time())

    def output_of(name: str) -> str:
        return server.finished(server.post(f"{TRIGGERS}/{name}/fire").json["job_id"])["input"]["what"]

    trigger, at = output_of("yearly").split()
    assert trigger == "yearly"
    assert before <= at <= rfc3339(time.time())
    assert output_of("pushed").split()[0] == server.get("/api/workspaces/default").json["revision"]


def test_what_cannot_be_fired_says_why(serve):
    server = serve(DEFINITIONS)
    assert server.post(f"{TRIGGERS}/none/fire").status == 404
    assert server.post(f"{TRIGGERS}/off/fire").status == 409
    assert server.post(f"{TRIGGERS}/nightly/fire", {"input": {"n": "x"}}).json["details"][0]["field"] == "n"
    assert server.post(f"{TRIGGERS}/nightly/fire", {"input": {"m": 1}}).status == 400
    assert server.post(f"{TRIGGERS}/ordered/fire").status == 400
    assert server.post(f"{TRIGGERS}/ordered/fire", {"input": {"n": 3}}).status == 200


def test_the_same_key_fires_once(serve):
    server = serve(DEFINITIONS)
    key = {"Idempotency-Key": "one"}
    first = server.post(f"{TRIGGERS}/nightly/fire", {"input": {"n": 1}}, key)
    assert server.post(f"{TRIGGERS}/nightly/fire", {"input": {"n": 1}}, key).json == first.json
    assert server.post(f"{TRIGGERS}/nightly/fire", {"input": {"n": 2}}, key).status == 422


def test_a_suspension_shows_who_and_when_beside_what_is_committed(serve):
    server = serve(DEFINITIONS)
    shown = server.post(f"{TRIGGERS}/nightly/suspend").json
    assert (shown["enabled"], shown["suspended"], shown["next_runs"]) == (True, True, [])
    assert shown["suspended_by"]
    assert server.post(f"{TRIGGERS}/nightly/suspend").status == 200
    assert server.post(f"{TRIGGERS}/nightly/fire").status == 409
    assert server.get(TRIGGERS).json[0]["suspended"] is True
    back = server.post(f"{TRIGGERS}/nightly/unsuspend").json
    assert (back["suspended"], len(back["next_runs"])) == (False, 5)
    assert "suspended_by" not in back
    what = [event["what"] for event in server.get(f"{TRIGGERS}/nightly/events").json]
    assert what == ["unsuspended", "skipped", "suspended"]


def test_events_of_a_trigger_are_paged(serve):
    server = serve(DEFINITIONS)
    for n in range(3):
        server.post(f"{TRIGGERS}/nightly/fire", {"input": {"n": n}})
    page = server.get(f"{TRIGGERS}/nightly/events?limit=2")
    following = page.headers["Link"].split(">")[0].removeprefix("<")
    assert len(page.json) == 2
    assert len(server.get(following).json) == 1


def sent(server, event, media="application/cloudevents+json", **headers):
    return server.request(
        "POST", "/api/events", headers={"Content-Type": media, **headers}, raw=json.dumps(event).encode()
    )


EVENT = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "order", "data": {"n": 5}}


def test_an_event_fires_what_waits_for_it_once(serve):
    server = serve(DEFINITIONS)
    reply = sent(server, EVENT)
    (answer,) = reply.json["events"][0]["triggers"]
    assert (reply.status, answer["trigger"], answer["outcome"]) == (200, "ordered", "fired")
    assert server.finished(answer["job_id"])["input"] == {"n": 5}
    (again,) = sent(server, EVENT).json["events"][0]["triggers"]
    assert (again["outcome"], again["job_id"]) == ("repeated", answer["job_id"])
    assert sent(server, EVENT | {"type": "other"}).json["events"][0]["triggers"] == []


def test_an_event_comes_in_headers_too_and_several_in_a_batch(serve):
    server = serve(DEFINITIONS)
    headers = {"ce-specversion": "1.0", "ce-id": "2", "ce-source": "/shop", "ce-type": "order"}
    reply = sent(server, {"n": 6}, "application/json", **headers)
    assert reply.json["events"][0]["triggers"][0]["outcome"] == "fired"
    batch = [EVENT | {"id": str(n)} for n in (10, 11)]
    reply = sent(server, batch, "application/cloudevents-batch+json")
    assert [event["id"] for event in reply.json["events"]] == ["10", "11"]


def test_what_is_no_event_says_why(serve):
    server = serve(DEFINITIONS)
    reply = sent(server, {"specversion": "0.3", "id": "1", "source": "/shop"})
    assert reply.status == 400
    assert {detail["field"] for detail in reply.json["details"]} == {"specversion", "type"}
    assert sent(server, [EVENT], "application/cloudevents+json").status == 400
    assert sent(server, {}, "application/json").status == 400
    assert (
        server.request("POST", "/api/events", headers={"Content-Type": "application/cloudevents+json"}, raw=b"{").status
        == 400
    )


FULL = """
tasks:
  lone:
    concurrency: {group: one, limit: 1, on_limit: skip}
    flow: {ask: {type: approval, message: "May it end?"}}
triggers:
  call: {type: webhook, name: call, task: lone}
"""


def test_a_full_group_that_nobody_waits_for_makes_no_job_and_its_trigger_records_that(serve):
    server = serve(FULL)
    holder = server.execute("lone")
    server.until(holder, lambda job: job.steps["ask"].status == "suspended")
    again = server.post("/api/workspaces/default/tasks/lone/execute", {})
    assert (again.status, again.json["code"]) == (409, "concurrency_limit")
    batch = server.post("/api/workspaces/default/tasks/lone/batch", {"inputs": [{}]})
    assert [(one["ok"], one["code"]) for one in batch.json["results"]] == [(False, "concurrency_limit")]
    called = server.post("/hooks/call", {})
    assert (called.status, called.json["code"]) == (409, "concurrency_limit")
    [event] = server.get("/api/workspaces/default/triggers/call/events").json
    assert (event["what"], event["job_id"]) == ("skipped", None)
    assert "is full" in event["reason"]
    assert [job["job_id"] for job in server.get("/api/jobs").json] == [holder]
