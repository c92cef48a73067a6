# ruff: noqa: E501
"""A backfill starts the jobs of past times of a schedule: labelled, after all others, and so many at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from running import Running

PASSWORD = "correct horse battery"
DEFINITIONS = """
tasks:
  report:
    input: {day: {type: string}}
    flow: {a: {type: wait, event: go}}
  limited:
    concurrency: {group: one, limit: 2, on_limit: skip}
    flow: {a: {type: wait, event: go}}
triggers:
  nightly: {type: scheduler, cron: "0 30 2 * * *", timezone: Europe/Berlin, task: report, concurrency: cancel_previous, input: {day: "{{ event.scheduled_at }}"}}
  hourly: {type: scheduler, cron: "@hourly", timezone: Europe/Berlin, task: limited}
  off: {type: scheduler, cron: "@daily", task: limited, enabled: false}
  called: {type: webhook, name: called, task: limited}
"""  # fmt: skip
TRIGGERS = "/api/workspaces/default/triggers"
WEEK = {"from": "2026-03-27", "to": "2026-04-03"}


def filled(server: Running, name: str = "nightly", headers: Any = None, **more: Any) -> Any:
    reply = server.post(f"{TRIGGERS}/{name}/backfill", {**WEEK, **more}, headers)
    assert reply.status == 200, reply
    return reply.json


def statuses(server: Running, job_ids: list[str]) -> list[str]:
    return [server.get(f"/api/jobs/{job_id}").json["status"] for job_id in job_ids]


def running(job: Any) -> bool:
    return job.status == "running"


def test_the_jobs_are_labelled_go_last_and_run_one_after_the_other_in_the_order_of_their_times(serve):
    server = serve(DEFINITIONS)
    done = filled(server, limit=3)
    assert done["more"] is True
    first, *others = done["job_ids"]
    jobs = [server.get(f"/api/jobs/{job_id}").json for job_id in done["job_ids"]]
    assert [job["input"]["day"] for job in jobs] == [f"2026-03-{day}T01:30:00Z" for day in (27, 28)] + [
        "2026-03-29T01:00:00Z"  # 02:30 does not exist on that day
    ]
    assert {(job["labels"]["backfill"], job["priority"], job["source_id"]) for job in jobs} == {
        (done["backfill"], -1, "nightly")
    }
    server.until(first, running)
    assert statuses(server, others) == ["pending", "pending"]
    server.post(f"/api/jobs/{first}/events/go", {})
    server.finished(first)
    server.until(others[0], running)
    cancelled = server.post(
        "/api/jobs/bulk", {"operation": "cancel", "filter": {"labels": {"backfill": done["backfill"]}}}
    )
    assert {result["job_id"] for result in cancelled.json["results"]} == set(others)
    assert [server.finished(job_id)["status"] for job_id in others] == ["cancelled", "cancelled"]


def test_at_once_says_how_many_run_and_a_task_that_skips_at_its_limit_waits_here(serve):
    server = serve(DEFINITIONS)
    jobs = filled(server, limit=3, at_once=2)["job_ids"]
    for job_id in jobs[:2]:
        server.until(job_id, running)
    assert statuses(server, jobs[2:]) == ["pending"]
    limited = filled(server, "hourly", limit=3, at_once=5)["job_ids"]
    for job_id in limited[:2]:
        server.until(job_id, running)
    assert statuses(server, limited[2:]) == ["pending"]


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ({"from": "2026-03-29", "to": "2026-03-30"}, 23),
        ({"from": "2026-10-25", "to": "2026-10-26"}, 25),
        ({"from": "2026-03-29T00:00:00Z", "to": "2026-03-30T00:00:00Z"}, 24),
        ({"from": "2026-06-01T10:00", "to": "2026-06-01T12:00"}, 2),
    ],
)
def test_a_dry_run_tells_the_times_that_the_clocks_of_the_zone_have_shown_and_makes_no_job(serve, day, hours):
    server = serve(DEFINITIONS)
    done = filled(server, "hourly", dry_run=True, **day)
    assert (len(done["times"]), len(set(done["times"])), done["job_ids"], done["backfill"]) == (hours, hours, [], None)
    assert done["times"][0][-6:] in ("+01:00", "+02:00")
    assert server.get("/api/jobs").json == []


def test_the_same_idempotency_key_makes_no_job_twice(serve):
    server = serve(DEFINITIONS)
    key = {"Idempotency-Key": "k"}
    first, again = filled(server, headers=key, limit=2), filled(server, headers=key, limit=3)
    assert (again["backfill"], again["job_ids"][:2]) == (first["backfill"], first["job_ids"])
    assert len(server.get("/api/jobs").json) == 3
    events = server.get(f"{TRIGGERS}/nightly/events").json
    assert {event["reason"] for event in events} == {f"backfill {first['backfill']}"}


@pytest.mark.parametrize(
    ("name", "body", "status", "message"),
    [
        ("nightly", {"from": "yesterday"}, 400, "is not a time"),
        ("nightly", {"to": "2026-03-27"}, 400, "ends before it begins"),
        ("nightly", {"to": "2999-01-01"}, 400, "lies in the future"),
        ("nightly", {"limit": 0}, 400, "limit"),
        ("nightly", {"at_once": 1001}, 400, "at_once"),
        ("nightly", {"from": "0001-01-01"}, 400, "is not a time since 1970"),
        ("called", {}, 400, "only a scheduler can be backfilled"),
        ("off", {}, 409, "is not enabled"),
        ("none", {}, 404, "there is no trigger named"),
    ],
)
def test_what_is_wrong_is_said(serve, name, body, status, message):
    server = serve(DEFINITIONS)
    reply = server.post(f"{TRIGGERS}/{name}/backfill", {**WEEK, "limit": 1, **body})
    assert (reply.status, message in str(reply.json)) == (status, True), reply


def test_a_suspended_schedule_is_not_backfilled(serve):
    server = serve(DEFINITIONS)
    server.post(f"{TRIGGERS}/nightly/suspend", {"reason": "broken"})
    refused = server.post(f"{TRIGGERS}/nightly/backfill", WEEK)
    assert (refused.status, "broken" in refused.json["error"]) == (409, True)


def test_only_who_may_run_the_task_backfills(serve: Callable[..., Running]):
    server = serve(
        DEFINITIONS,
        {
            "auth": {
                "jwt_secret": "s" * 40,
                "providers": {"internal": {"provider_type": "internal"}},
                "initial_user": {"email": "root@example.com", "password": PASSWORD},
            },
            "permissions": [
                {"workspace": "*", "action": "run", "users": ["ada@example.com"]},
                {"workspace": "*", "action": "view", "users": ["eve@example.com"]},
            ],
        },
    )

    def sign_in(email: str) -> dict[str, str]:
        reply = server.post("/api/auth/login", {"email": email, "password": PASSWORD})
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    root = sign_in("root@example.com")
    for name in ("ada", "eve", "bob"):
        server.post("/api/users", {"email": f"{name}@example.com", "password": PASSWORD}, root)
    asked = {
        name: server.post(f"{TRIGGERS}/nightly/backfill", {**WEEK, "limit": 1}, sign_in(f"{name}@example.com")).status
        for name in ("ada", "eve", "bob")
    }
    assert asked == {"ada": 200, "eve": 403, "bob": 404}
