"""Secrets on a server: its workspaces read only what it allows, and no answer tells one."""

from __future__ import annotations

from gitflow.core.values import MASK

DEFINITIONS = """
secrets: {shop: '{{ env.SHOP_TOKEN }}', own: '{{ env.GITFLOW_TOKEN }}', other: '{{ env.OTHER }}', file: '{{ file("FILE") }}'}
tasks:
  shop:
    input: {password: {secret: true}}
    flow:
      a:
        type: shell
        cmd: |
          echo {{ secret.shop }} {{ input.password }}
          printf 'k=%s\\n' {{ secret.shop }} >> "$GITFLOW_OUTPUT"
      b: {type: shell, depends_on: [a], cmd: 'echo {{ a.output.k }}'}
      gate: {type: approval, depends_on: [b], message: 'May {{ input.password }}?', input: {pin: {secret: true}}}
      last: {type: shell, depends_on: [gate], cmd: 'echo {{ gate.output.input.pin }} >&2; exit 1'}
  own: {flow: {a: {type: shell, cmd: 'echo {{ secret.own }}'}}}
  other: {flow: {a: {type: shell, cmd: 'echo {{ secret.other }}'}}}
  file: {flow: {a: {type: shell, cmd: 'echo {{ secret.file }}'}}}
"""  # noqa: E501
ENVIRON = {"SHOP_TOKEN": "shop-token-1", "GITFLOW_TOKEN": "servers-own-2", "OTHER": "others-3"}
PLANTED = [*ENVIRON.values(), "in-a-file-4", "passwords-5", "approvers-pin-6"]


def held(data: bytes) -> list[str]:
    return [text for text in PLANTED if text.encode() in data]


def test_workspaces_read_what_they_are_allowed_and_no_answer_tells_a_secret(serve, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/file").write_text("in-a-file-4\n")
    folder = tmp_path / "a/workspace"
    workspace = {"type": "folder", "path": str(folder), "secrets": {"env": ["SHOP_*", "GITFLOW_*"]}}
    server = serve(
        DEFINITIONS.replace("FILE", str(tmp_path / "secret/file")),
        {"workspaces": {"default": workspace}},
        environ=ENVIRON,
    )
    for task, message in (
        ("own", "no setting can allow"),
        ("other", "workspaces.default.secrets.env"),
        ("file", "workspaces.default.secrets.files"),
    ):
        job = server.finished(server.execute(task))
        assert job["status"] == "failed"
        assert message in job["steps"][0]["error_message"]

    job_id = server.execute("shop", {"password": "passwords-5"})
    server.until(job_id, lambda job: job.steps["gate"].status == "suspended")
    detail = server.get(f"/api/jobs/{job_id}")
    approve = f"/api/jobs/{job_id}/steps/gate/approve"
    decided = server.request("POST", approve, {"approved": True, "input": {"pin": "approvers-pin-6"}})
    assert decided.status == 200, decided
    server.finished(job_id)
    answers = [detail, decided] + [
        server.get(f"/api/jobs/{job_id}{rest}") for rest in ("", "/logs", "/events", "/steps", "/steps/_server/logs")
    ]
    for answer in answers:
        assert answer.status in (200, 404), answer
        assert held(answer.body) == []
    steps = {step["step_name"]: step for step in answers[2].json["steps"]}
    assert steps["a"]["output"] == {"k": MASK}
    assert steps["gate"]["output"]["input"] == {"pin": MASK}
    assert MASK in steps["last"]["error_message"]
    assert answers[2].json["input"] == {"password": MASK}
    server.stop()
    kept = [path for path in server.state.rglob("*") if path.is_file() and held(path.read_bytes())]
    assert kept == []


TELLING = """
tasks:
  telling:
    input: {password: {secret: true}}
    flow:
      waits: {type: wait, event: 'go-{{ input.password }}'}
      gate: {type: approval, message: 'May {{ input.password }}?', approvers: ['{{ input.password }}']}
"""


def test_explanations_of_waiting_steps_contain_no_secrets(serve):
    server = serve(TELLING)
    job_id = server.execute("telling", {"password": "passwords-5"}, labels={"of": "passwords-5"})
    server.until(job_id, lambda job: job.steps["gate"].status == "suspended")
    refused = server.post(f"/api/jobs/{job_id}/steps/gate/approve", {})
    run = f"/v1/workflow-runs/{job_id}"
    steps = server.get(f"{run}/steps").json
    gate = next(step["id"] for step in steps if step["step_ref"] == "gate")
    answers = [
        refused,
        server.get(f"/api/jobs/{job_id}/explain"),
        server.get(f"{run}/explain"),
        server.post(f"{run}/steps/{gate}/approve", {}),
        server.post(f"/api/jobs/{job_id}/pause"),
        server.post(f"/api/jobs/{job_id}/steps/gate/skip", {"reason": "not passwords-5"}),
        server.post(f"/api/jobs/{job_id}/steps/gate/approve", {}),
    ]
    assert [answer.status for answer in answers] == [409, 200, 200, 403, 200, 200, 409]
    assert [held(answer.body) for answer in answers] == [[]] * len(answers)
    assert MASK in answers[1].json["steps"][0]["explanation"]
