"""What a person does to jobs, by HTTP."""

from __future__ import annotations

import pytest


def suspended(job) -> bool:
    return any(step.status == "suspended" for step in job.steps.values())


def test_an_approval_is_asked_given_and_the_job_goes_on(server):
    job_id = server.execute("asking")
    server.until(job_id, suspended)
    step = server.get(f"/api/jobs/{job_id}").json["steps"][0]
    assert (step["status"], step["approval"]["message"]) == ("suspended", "May it go on?")
    reply = server.post(f"/api/jobs/{job_id}/steps/ask/approve", {"approved": True, "reason": "yes"})
    assert (reply.status, reply.json["step_name"], reply.json["status"]) == (200, "ask", "completed")
    assert server.finished(job_id)["status"] == "completed"


def test_a_rejection_fails_the_step(server):
    job_id = server.execute("asking")
    server.until(job_id, suspended)
    assert server.post(f"/api/jobs/{job_id}/steps/ask/approve", {"approved": False, "reason": "no"}).status == 200
    detail = server.finished(job_id)
    assert detail["status"] == "failed"
    assert "no" in detail["steps"][0]["error_message"]


def test_a_cancel_says_how_it_stands_and_the_second_is_a_conflict(server):
    job_id = server.execute("asking")
    server.until(job_id, suspended)
    assert server.post(f"/api/jobs/{job_id}/cancel").json == {"status": "cancelled"}
    again = server.post(f"/api/jobs/{job_id}/cancel")
    assert (again.status, again.json["code"]) == (409, "conflict")


def test_a_job_is_paused_and_resumed(server):
    job_id = server.execute("asking")
    server.until(job_id, suspended)
    assert server.post(f"/api/jobs/{job_id}/pause").json["status"] == "paused"
    assert server.post(f"/api/jobs/{job_id}/resume").json["status"] == "running"


def test_an_event_completes_the_step_that_waits_for_it(server):
    job_id = server.execute("waiting")
    server.until(job_id, suspended)
    assert server.post(f"/api/jobs/{job_id}/events/other", [1]).status == 202
    assert server.post(f"/api/jobs/{job_id}/events/go?event_id=1", {"a": 1}).status == 202
    assert server.finished(job_id)["status"] == "completed"


def test_a_retry_is_a_new_job_once_an_idempotency_key(server):
    job_id = server.execute("failing")
    server.finished(job_id)
    replies = [server.post(f"/api/jobs/{job_id}/retry", headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [reply.status for reply in replies] == [201, 201]
    assert replies[0].json == replies[1].json
    assert server.finished(replies[0].json["job_id"])["retry_of_job_id"] == job_id
    latest = server.post(f"/api/jobs/{job_id}/retry", {"revision": "latest", "from": "start"})
    assert latest.status == 201
    server.finished(latest.json["job_id"])


def test_steps_are_retried_replayed_skipped_and_forced(server):
    job_id = server.execute("failing")
    server.finished(job_id)
    url = f"/api/jobs/{job_id}/steps/break"
    assert server.post(f"{url}/complete", {"result": {"a": 1}}).json["output"] == {"a": 1}
    assert server.finished(job_id)["status"] == "completed"
    assert server.post(f"{url}/replay").json == {"reset_steps": 2}
    assert server.finished(job_id)["status"] == "failed"
    assert server.post(f"{url}/retry").json["step_name"] == "break"
    assert server.finished(job_id)["steps"][0]["attempt"] == 3
    assert server.post(f"{url}/skip").status == 409


def test_an_unknown_step_or_job_is_not_found(server):
    job_id = server.execute("failing")
    server.finished(job_id)
    assert server.post(f"/api/jobs/{job_id}/steps/none/retry").status == 404
    assert server.post(f"/api/jobs/{job_id}/steps/..%2f..%2f/retry").status == 404
    assert server.post("/api/jobs/00000000-0000-7000-8000-000000000000/cancel").status == 404


def test_many_are_done_at_once_and_one_bad_id_stops_no_other(server):
    ids = [server.execute("asking") for _ in range(3)]
    for job_id in ids:
        server.until(job_id, suspended)
    bad = "00000000-0000-7000-8000-000000000000"
    reply = server.post("/api/jobs/bulk", {"operation": "cancel", "job_ids": [*ids, bad]})
    assert [(item["job_id"], item["ok"]) for item in reply.json["results"]] == [
        *((id, True) for id in ids),
        (bad, False),
    ]
    delete = {"operation": "delete", "filter": {"status": "cancelled"}}
    preview = server.post("/api/jobs/bulk", {**delete, "dry_run": True}).json
    assert (preview["results"], sorted(preview["job_ids"])) == ([], sorted(ids))
    deleted = server.post("/api/jobs/bulk", delete)
    assert sorted(item["job_id"] for item in deleted.json["results"] if item["ok"]) == sorted(ids)
    assert server.get("/api/jobs").json == []
    assert server.post("/api/jobs/bulk", {"operation": "delete"}).status == 400


def test_a_deleted_job_is_gone(server):
    job_id = server.execute()
    server.finished(job_id)
    assert server.request("DELETE", f"/api/jobs/{job_id}").json["job_id"] == job_id
    assert server.get(f"/api/jobs/{job_id}").status == 404
    assert server.request("DELETE", f"/api/jobs/{job_id}").status == 404


@pytest.mark.parametrize("query", ["?dry_run=1", "?dry_run=true"])
def test_a_dry_run_makes_no_job(server, query):
    reply = server.post(f"/api/workspaces/default/tasks/hello-world/execute{query}", {"input": {"name": "Ada"}})
    assert reply.json["steps"][0]["input"] == {"name": "Ada"}
    assert server.get("/api/jobs").json == []


def test_a_batch_makes_a_job_for_each_input_that_is_right(server):
    url = "/api/workspaces/default/tasks/hello-world/batch"
    reply = server.post(url, {"inputs": [{"name": "a"}, {"nam": "b"}, {}]})
    assert [item["ok"] for item in reply.json["results"]] == [True, False, True]
    for item in reply.json["results"]:
        if item["ok"]:
            server.finished(item["job_id"])


def test_one_key_is_one_job_and_another_body_is_refused(server):
    url, headers = "/api/workspaces/default/tasks/hello-world/execute", {"Idempotency-Key": "one"}
    first = server.post(url, {"input": {"name": "a"}}, headers)
    assert server.post(url, {"input": {"name": "a"}}, headers).json == first.json
    other = server.post(url, {"input": {"name": "b"}}, headers)
    assert (other.status, other.json["code"]) == (422, "idempotency_mismatch")
    server.finished(first.json["job_id"])


def test_the_history_is_listed_by_the_page(server):
    job_id = server.execute()
    server.finished(job_id)
    whole = server.get(f"/api/jobs/{job_id}/events").json
    assert [whole[0]["what"], whole[-1]["what"]] == ["job.created", "job.completed"]
    page = server.get(f"/api/jobs/{job_id}/events?limit=1")
    assert page.json == whole[:1]
    following = page.headers["Link"].partition(">")[0][1:]
    assert server.get(following).json == whole[1:2]


def test_the_history_is_followed_to_its_end(server):
    job_id = server.execute()
    stream = server.get(f"/api/jobs/{job_id}/events", {"Accept": "text/event-stream"}).body.decode()
    assert stream.startswith("id: ")
    assert "event: job.created" in stream
    assert stream.endswith("event: end\ndata: {}\n\n")


def test_the_graph_tells_what_waits_for_what(server):
    job_id = server.execute("failing")
    server.finished(job_id)
    graph = server.get(f"/api/jobs/{job_id}/graph").json
    assert [(node["step_name"], node["status"]) for node in graph["nodes"]] == [
        ("break", "failed"),
        ("after", "skipped"),
    ]
    assert graph["edges"] == [{"from": "break", "to": "after"}]


def test_a_task_outside_git_has_no_versions(server):
    assert server.get("/api/workspaces/default/tasks/hello-world/versions").json == []


def test_a_broken_file_leaves_the_old_revision_in_force(server):
    before = server.get("/api/workspaces").json[0]
    server.write("tasks: {broken: {}}")
    reply = server.post("/api/workspaces/default/refresh").json
    assert reply == {"workspace": "default", "revision": before["revision"], "refreshed": False}
    after = server.get("/api/workspaces/default").json
    assert after["revision"] == before["revision"]
    assert after["candidate"]["problems"][0]["file"] == ".workflows/a.yaml"
    server.write("tasks: {other: {flow: {a: {type: shell, cmd: 'true'}}}}")
    assert server.post("/api/workspaces/default/refresh").json["revision"] != before["revision"]
    assert [task["name"] for task in server.get("/api/workspaces/default/tasks").json] == ["other"]


def test_a_refresh_says_whether_it_moved_the_workspace(server):
    for number in range(20):
        server.write(f"tasks: {{other-{number}: {{flow: {{a: {{type: shell, cmd: 'true'}}}}}}}}")
        is_moved = server.post("/api/workspaces/default/refresh").json["refreshed"]
        assert [task["name"] for task in server.get("/api/workspaces/default/tasks").json] == [f"other-{number}"]
        if is_moved:  # and nobody who watches the folder was quicker
            break
    assert is_moved


def test_the_embedded_worker_is_a_worker_with_its_jobs(server):
    job_id = server.execute()
    server.finished(job_id)
    (worker,) = server.get("/api/workers").json
    assert (worker["status"], worker["running"], worker["tags"]) == ("active", 0, [])
    assert worker["slots"] == server.service.app.worker.slots >= 1
    detail = server.get(f"/api/workers/{worker['worker_id']}").json
    assert [job["job_id"] for job in detail["jobs"]] == [job_id]
    assert server.get("/api/workers/00000000-0000-7000-8000-000000000000").status == 404


def test_a_list_is_narrowed_by_several_states_and_by_kin_and_refuses_what_is_no_id(server):
    job_id = server.execute("hello-world")
    server.finished(job_id)
    made = server.post(f"/api/jobs/{job_id}/retry", {"from": "start"}).json["job_id"]
    server.finished(made)

    def listed(query):
        return [row["job_id"] for row in server.get(f"/api/jobs?{query}").json]

    assert listed(f"retry_of_job_id={job_id}") == listed(f"retry_of_job_id={job_id.upper()}") == [made]
    assert listed(f"parent_job_id={job_id}") == []
    assert listed("status=completed&status=failed") == [made, job_id]
    assert listed("status=cancelled&status=failed") == []
    for query in ("parent_job_id=nobody", "retry_of_job_id=", "status=completed&status=odd"):
        assert server.get(f"/api/jobs?{query}").status == 400
    both = server.post("/api/jobs/bulk", {"operation": "delete", "filter": {"status": ["completed", "failed"]}})
    assert {result["job_id"] for result in both.json["results"]} == {made, job_id}


def test_each_step_of_a_job_is_explained(server):
    job_id = server.execute("hello-world")
    server.finished(job_id)
    explained = server.get(f"/api/jobs/{job_id}/explain").json
    [step] = explained["steps"]
    assert (step["step_name"], step["status"], step["exit_code"], step["because"]) == ("say-hello", "completed", 0, [])
    assert step["explanation"].startswith("it completed with exit code 0; it could start with the job, and it waited ")
    assert step["waited_s"] >= 0
    assert explained["summary"].startswith("Completed in ")
    assert server.get("/api/jobs/00000000-0000-7000-8000-000000000000/explain").status == 404


def test_actions_are_listed_and_shown_as_they_are_written(server):
    assert server.get("/api/workspaces/default/actions").json
    for row in server.get("/api/workspaces/default/actions").json:
        shown = server.get(f"/api/workspaces/default/actions/{row['name']}").json
        assert (shown["name"], shown["type"]) == (row["name"], row["type"])
    assert server.get("/api/workspaces/default/actions/odd").status == 404
    assert server.get("/api/workspaces/nowhere/actions").status == 404
