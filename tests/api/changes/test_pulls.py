"""A proposal is opened as a pull request, where the code host is known, and judged as any other."""

from __future__ import annotations

from typing import Any

import pytest
from desk import FILE, GOOD, Desk

from code_host_stub import TOKEN, Stub


@pytest.fixture(params=["github", "gitea", "gitlab"])
def host(request: pytest.FixtureRequest):
    stub = Stub(request.param)
    yield stub
    stub.stop()


def on(make: Any, host: Stub, **more: Any) -> Desk:
    desk = make({"writable": True, **more})
    (desk.folder / "token").write_text(TOKEN)
    (desk.folder / "secret").write_text("the webhook's secret")
    desk.settings["pull_requests"] = {
        "provider": host.provider,
        "api_url": host.url,
        "repository": host.repository,
        "token_file": str(desk.folder / "token"),
        "webhook_secret_file": str(desk.folder / "secret"),
    }
    return desk


def test_a_proposal_is_opened_as_a_pull_request(make, host):
    desk = on(make, host)
    reply = desk.put(GOOD % "new", query="?message=Say%20new%20@everyone%0A%0A%3Cimg%20src=x%3E%20@ann")
    made = reply.json
    assert (reply.status, made["status"], made["warning"]) == (202, "proposed", None), reply
    pull = host.pulls[made["pull_request"]["number"]]
    assert (pull.branch, pull.base, pull.title) == (made["branch"], "main", "Say new @everyone")
    assert made["pull_request"]["url"].startswith(host.root)
    assert f"`{FILE}`" in pull.text
    assert "`<img src=x> @ann`" in pull.text  # what a caller wrote is shown as code
    assert desk.switch("disable").json["pull_request"]["number"] == 2


def test_a_host_that_opens_none_leaves_the_branch_and_says_so(make, host):
    desk = on(make, host)
    for refusal in ((503, {}), (403, {}), (302, {"Location": "https://evil.example.com"})):
        host.refusals.append(refusal)
        made = desk.put(GOOD % refusal[0]).json
        assert made["pull_request"] is None
        assert made["branch"] in made["warning"]
        assert TOKEN not in made["warning"]
        assert desk.remote.tip(made["branch"]) == made["revision"]
    assert host.pulls == {}


def test_a_change_of_the_served_branch_needs_no_pull_request(make, host):
    desk = on(make, host)
    desk.settings["writable"] = "direct"
    assert desk.put(GOOD % "new").json["pull_request"] is None
    assert host.pulls == {}
