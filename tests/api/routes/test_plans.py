"""A plan over HTTP: by default of what was refused against what is in force; who may ask, and for which revisions."""

from __future__ import annotations

from committing import commit

PASSWORD = "correct horse battery"
TEXT = """\
tasks:
  hello: {input: {who: {type: string%s}}, flow: {say: {type: shell, cmd: "echo %s"}}}
  other: {flow: {say: {type: shell, cmd: "true"}}}
triggers:
  nightly: {type: scheduler, cron: "0 3 * * *", task: hello}
"""


def test_what_was_refused_is_compared_with_what_is_in_force(start, repository):
    first = commit(repository, TEXT % ("", 1))
    server = start()
    assert server.get("/api/workspaces/w/plan").json["changes"] == []
    second = commit(repository, TEXT % (", required: true", 2))
    server.refresh("w")
    found = server.get("/api/workspaces/w/plan").json
    assert (found["base"]["revision"], found["head"]["commit"]["sha"]) == (first, second)
    assert [problem["rule"] for problem in found["problems"]] == ["missing-input"]
    [change] = found["changes"]
    assert (change["name"], change["breaking"]) == ("hello", True)
    assert [detail["path"] for detail in change["details"]] == ["input.who.required", "flow.say.cmd"]


def test_a_plan_from_what_is_in_force_shows_what_goes_on_there(start, repository):
    often = (TEXT % ("", 1)).replace("0 3 * * *", "* * * * *").replace('{type: shell, cmd: "true"}', "{type: approval}")
    first = commit(repository, often + '  weekly: {type: scheduler, cron: "0 3 29 2 *", task: hello}\n')
    server = start()
    job_id = server.post("/api/workspaces/w/tasks/other/execute", {}).json["job_id"]
    server.until(job_id, lambda job: job.steps["say"].status == "suspended")
    found = server.get("/api/workspaces/w/plan").json["server"]
    [job] = found["open_jobs"]
    assert (found["workspace"], job["job_id"], job["task"]) == ("w", job_id, "other")
    assert (job["status"], job["revision"], job["retry_of_job_id"]) == ("running", first, None)
    assert [(due["trigger"], due["task"]) for due in found["schedules"]] == [("nightly", "hello")]
    assert server.get(f"/api/workspaces/w/plan?base={first}").json["server"]["open_jobs"] == [job]
    server.post("/api/workspaces/w/triggers/nightly/suspend", {"reason": "an incident"})
    assert server.get("/api/workspaces/w/plan").json["server"]["schedules"] == []
    second = commit(repository, TEXT % ("", 2))
    server.refresh("w")
    assert "server" not in server.get(f"/api/workspaces/w/plan?base={first}&head={second}").json


def test_both_revisions_can_be_named(start, repository):
    first = commit(repository, TEXT % ("", 1))
    commit(repository, TEXT % ("", 2))
    third = commit(repository, TEXT % ("", 3))
    server = start()
    found = server.get(f"/api/workspaces/w/plan?base={first}&head=main~1").json
    [detail] = found["changes"][0]["details"]
    assert (detail["before"], detail["after"]) == ("echo 1", "echo 2")
    back = server.get(f"/api/workspaces/w/plan?base={third}&head={first}").json
    assert back["changes"][0]["details"][0]["after"] == "echo 1"
    assert server.get("/api/workspaces/w/plan?base=nowhere").status == 404
    assert server.get("/api/workspaces/nowhere/plan").status == 404


def test_who_sees_a_part_sees_no_plan_and_the_rules_for_revisions_hold(start, repository):
    first = commit(repository, TEXT % ("", 1))
    second = commit(repository, TEXT % ("", 2))
    server = start(
        auth={
            "jwt_secret": "s" * 40,
            "providers": {"internal": {"provider_type": "internal"}},
            "initial_user": {"email": "root@example.com", "password": PASSWORD},
        },
        permissions=[
            {"workspace": "w", "action": "run", "users": ["eve@example.com"]},
            {"workspace": "w", "action": "view", "tasks": ["hello"], "users": ["part@example.com"]},
        ],
    )

    def sign_in(email: str) -> dict[str, str]:
        reply = server.post("/api/auth/login", {"email": email, "password": PASSWORD})
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    root = sign_in("root@example.com")
    for name in ("eve", "part"):
        assert server.post("/api/users", {"email": f"{name}@example.com", "password": PASSWORD}, root).status == 201
    eve, part = sign_in("eve@example.com"), sign_in("part@example.com")
    path = "/api/workspaces/w/plan"
    assert server.get(f"{path}?base={first}", root).json["changes"][0]["name"] == "hello"
    assert server.get(path, eve).json["changes"] == []
    assert server.get(f"{path}?base={second}", eve).status == 200
    refused = server.get(f"{path}?base={first}", eve)
    assert (refused.status, "may not name revision" in refused.json["error"]) == (403, True)
    assert server.get(path, part).status == 403
