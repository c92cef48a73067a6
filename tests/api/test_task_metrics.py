"""The metrics of tasks: right after a restart and after jobs were deleted, bounded, and for those who may see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from running import DEFINITIONS, Running

from gitflow.api.metrics import task_totals

TOTAL, SUCCESS = "gitflow_task_jobs_total", "gitflow_task_last_success_timestamp_seconds"


def samples(server: Running, name: str, headers: dict[str, str] | None = None) -> dict[str, float]:
    """By the labels."""
    text = server.get("/metrics", headers).body.decode()
    return {labels: float(value) for labels, value in re.findall(rf"^{name}{{(.*)}} (\S+)$", text, re.MULTILINE)}


def run(server: Running, task: str) -> dict[str, object]:
    return server.finished(server.execute(task))


def test_each_task_has_its_ends_and_its_last_success_also_after_a_restart_and_a_deletion(
    serve: Callable[..., Running], tmp_path: Path
):
    first = serve(name="one")
    run(first, "hello-world")
    last = run(first, "hello-world")
    run(first, "failing")
    wanted = {
        'workspace="default",task="failing",status="failed"': 1.0,
        'workspace="default",task="hello-world",status="completed"': 2.0,
    }
    assert samples(first, TOTAL) == wanted
    (at,) = samples(first, SUCCESS).values()
    assert at == pytest.approx(first.server.context.clock.wall(), abs=600)
    assert first.request("DELETE", f"/api/jobs/{last['job_id']}").status in (200, 204)
    assert samples(first, TOTAL) == wanted
    first.stop()
    second = serve(name="one")
    assert samples(second, TOTAL) == wanted
    assert list(samples(second, SUCCESS).values()) == [at]


def test_a_task_that_is_no_longer_served_has_no_samples(server: Running):
    run(server, "failing")
    server.write(DEFINITIONS.replace("  failing:", "  other:"))
    server.refresh()
    assert samples(server, TOTAL) == {}


def test_so_many_tasks_have_samples_and_the_rest_is_counted(server: Running, monkeypatch: pytest.MonkeyPatch):
    for task in ("failing", "hello-world"):
        run(server, task)
    monkeypatch.setattr(task_totals, "MAX_TASKS", 2)  # of four, by name
    assert list(samples(server, TOTAL)) == ['workspace="default",task="failing",status="failed"']
    assert "gitflow_task_metrics_left_out 2\n" in server.get("/metrics").body.decode()


def test_whoever_may_not_see_every_workspace_sees_no_task(serve: Callable[..., Running]):
    known = {"email": "root@example.com", "password": "correct horse battery"}
    auth = {"providers": {"internal": {"provider_type": "internal"}}, "initial_user": known}
    server = serve(settings={"auth": auth})
    root = {"Authorization": f"Bearer {server.post('/api/auth/login', known).json['access_token']}"}
    made = server.post("/api/workspaces/default/tasks/failing/execute", {}, root).json["job_id"]
    server.finished(made, root)
    assert list(samples(server, TOTAL, root).values()) == [1.0]
    assert "gitflow_task_" not in server.get("/metrics").body.decode()


def test_the_alerts_of_the_guide_ask_for_what_there_is(server: Running):
    guide = Path(__file__).parents[2] / "docs" / "how-to" / "server.md"
    (text,) = re.findall(r"```yaml\n(  groups:\n.*?)```", guide.read_text(), re.DOTALL)
    rules = yaml.safe_load(text)["groups"][0]["rules"]
    run(server, "failing")
    run(server, "hello-world")
    shown = server.get("/metrics").body.decode()
    for name, labels in re.findall(r"(gitflow_\w+)\{(.*?)\}", " ".join(rule["expr"] for rule in rules)):
        assert f"# TYPE {name} " in shown
        assert set(re.findall(r"(\w+)=", labels)) <= set(re.findall(r"(\w+)=", " ".join(samples(server, name))))
