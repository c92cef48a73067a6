"""What happens starts what waits for it: ends of jobs, pushes and events, each once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from serving import Site, use_set_clock

from gitflow.triggers.cloudevents import CloudEvent

AFTER = """
tasks:
  build:
    input: {{fail: {{type: boolean, default: false}}}}
    output: {{image: app}}
    flow: {{a: {{type: shell, cmd: "test {{{{ input.fail }}}} = false"}}}}
  deploy:
    input: {{image: {{type: string}}, of: {{type: string}}}}
    flow: {{a: {{type: shell, cmd: "true"}}}}
triggers:
  after:
    type: event
    on: {{task: build{on}}}
    task: deploy
    input: {{image: "{{{{ event.output.image }}}}", of: "{{{{ event.job_id }}}}"}}{more}
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    use_set_clock(monkeypatch)
    return Site(tmp_path)


def lives(story):
    def test(site: Site) -> None:
        asyncio.run(story(site))

    test.__name__, test.__doc__ = story.__name__, story.__doc__
    return test


async def start(live, task: str = "build", **given):
    """A job that a person starts."""
    from gitflow.core.jobs.job import Source

    _, revision = live.service.served.get("w").active
    operations = live.service.app.operations
    job = operations.prepare(live.service.served.get("w").workspace, revision, task, given, Source("api", None, "ada"))
    await live.submit(lambda transaction: operations.create(transaction, job))
    return job.id


@lives
async def test_the_end_of_a_job_starts_the_task_that_waits_for_it(site: Site) -> None:
    site.write(AFTER.format(on="", more=""))
    async with site.open() as live:
        build = await start(live)
        jobs = await live.ended(2)
        assert [(job.task_name, job.status.value) for job in jobs] == [("build", "completed"), ("deploy", "completed")]
        assert jobs[1].input == {"image": "app", "of": build}
        assert (jobs[1].source.type, jobs[1].source.id, jobs[1].depth) == ("trigger", "after", 1)
        await live.refresh()
        assert len(await live.events("after")) == 1


@lives
async def test_only_the_ends_that_are_named_count(site: Site) -> None:
    site.write(
        AFTER.format(on=", status: [failed, cancelled]", more="").replace('image: "{{ event.output.image }}", ', "")
    )
    async with site.open() as live:
        await start(live)
        failing = await start(live, fail=True)
        (job,) = await live.ended(1, "deploy")
        assert job.input["of"] == failing
        assert len(await live.jobs()) == 3


@lives
async def test_a_condition_decides_and_is_remembered(site: Site) -> None:
    site.write(AFTER.format(on="", more="\n    when: event.output.image == 'other'"))
    async with site.open() as live:
        await start(live)
        await live.ended(1)
        await live.settled()
        (event,) = await live.events("after")
        assert (event.what, event.job_id) == ("skipped", None)
        assert "condition" in event.reason


@lives
async def test_an_end_that_a_crash_hid_is_found_at_the_next_start_once(site: Site) -> None:
    site.write(AFTER.format(on="", more=""))
    async with site.open() as live:
        live.service.app.orchestrator.observers.remove(live.triggers.reactions.on_job_end)
        await start(live)
        await live.ended(1)
        assert await live.events("after") == []
    for _ in range(2):
        async with site.open() as live:
            await live.ended(2)
            assert len(await live.events("after")) == 1
            assert len(await live.jobs("deploy")) == 1


@lives
async def test_a_new_trigger_does_not_look_back(site: Site) -> None:
    site.write(AFTER.format(on="", more="").partition("triggers:")[0])
    async with site.open() as live:
        await start(live)
        await live.ended(1)
        site.write(AFTER.format(on="", more=""))
        site_moved = await live.refresh()
        assert site_moved
        assert await live.events("after") == []


@lives
async def test_an_automatic_retry_is_no_end(site: Site) -> None:
    site.write(
        AFTER.format(on=", status: failed", more="")
        .replace('image: "{{ event.output.image }}", ', "")
        .replace("    output: {image: app}\n", "    retry: {max_attempts: 2, delay: 0s}\n")
    )
    async with site.open() as live:
        await start(live, fail=True)
        jobs = await live.ended(3)
        (event,) = await live.events("after")
        assert [job.task_name for job in jobs] == ["build", "build", "deploy"]
        assert event.key == f"job:{jobs[1].id}:0"


@lives
async def test_a_chain_that_goes_round_stops(site: Site) -> None:
    site.write(
        "tasks: {t: {flow: {a: {type: shell, cmd: 'true'}}}}\n"
        "triggers: {again: {type: event, on: {task: t}, task: t}}\n"
    )
    async with site.open() as live:
        await start(live, "t")
        while (events := await live.events("again"))[-1:] == [] or events[-1].what == "fired":
            await asyncio.sleep(0.01)
        assert len(await live.ended(11)) == 11
        assert (events[-1].what, "depth 10" in events[-1].reason) == ("failed", True)


PUSH = """
tasks: {{t: {{input: {{from: {{type: string}}, to: {{type: string}}}}, flow: {{a: {{type: shell, cmd: "true"}}}}}}}}
triggers:
  p: {{type: push, task: t, input: {{from: "{{{{ event.before }}}}", to: "{{{{ event.revision }}}}"}}{more}}}
"""


@lives
async def test_a_move_starts_a_job_once_a_revision(site: Site) -> None:
    site.write(PUSH.format(more=""))
    async with site.open() as live:
        assert await live.events("p") == []
        first = live.service.served.get("w").revision.id
        site.write("# two\n" + PUSH.format(more=""))
        await live.refresh()
        second = live.service.served.get("w").revision.id
        (job,) = await live.ended(1)
        assert job.input == {"from": first, "to": second}
        assert job.revision == second
        site.write(PUSH.format(more=""))
        await live.refresh()
        site.write("# two\n" + PUSH.format(more=""))
        await live.refresh()
        assert len(await live.events("p")) == 2


@lives
async def test_a_move_while_no_server_ran_is_a_move(site: Site) -> None:
    site.write(PUSH.format(more=""))
    async with site.open():
        pass
    site.write("# two\n" + PUSH.format(more=""))
    for _ in range(2):
        async with site.open() as live:
            assert len(await live.ended(1)) == 1
            assert len(await live.events("p")) == 1


SENT = """
tasks: {t: {input: {amount: {type: integer}, of: {type: string}}, flow: {a: {type: shell, cmd: "true"}}}}
triggers:
  big: {type: event, on: {type: order, source: /shop}, when: event.data.amount > 100, task: t,
        input: {amount: "{{ event.data.amount }}", of: "{{ event.source }} {{ event.id }}"}}
  any: {type: event, on: {type: order}, task: t}
  other: {type: event, on: {type: invoice}, task: t}
"""


@lives
async def test_an_event_starts_every_task_that_waits_for_it_once(site: Site) -> None:
    site.write(SENT)
    site.settings["v"] = {}
    site.write(
        "tasks: {u: {flow: {a: {type: shell, cmd: 'true'}}}}\n"
        "triggers: {x: {type: event, on: {type: order}, task: u}}\n",
        "v",
    )
    event = CloudEvent("1", "/shop", "order", data={"amount": 150})
    async with site.open() as live:
        (received,) = await live.receive(event)
        assert [(fired.trigger, fired.what) for fired in received.fired] == [
            ("big", "fired"),
            ("any", "fired"),
            ("x", "fired"),
        ]
        (again,) = await live.receive(event)
        assert [(fired.what, fired.job_id) for fired in again.fired] == [
            ("repeated", fired.job_id) for fired in received.fired
        ]
        small = CloudEvent("2", "/shop", "order", data={"amount": 50})
        (received,) = await live.receive(small)
        assert [fired.trigger for fired in received.fired] == ["any", "x"]
        other = CloudEvent("2", "/elsewhere", "order", data={"amount": 500})
        (received,) = await live.receive(other)
        assert [fired.trigger for fired in received.fired] == ["any", "x"]
        jobs = await live.ended(7)
        assert jobs[0].input == {"amount": 150, "of": "/shop 1"}


@lives
async def test_a_condition_that_cannot_be_decided_is_told_and_harms_no_other(site: Site) -> None:
    site.write(SENT)
    async with site.open() as live:
        (received,) = await live.receive(CloudEvent("1", "/shop", "order"))
        assert [(fired.trigger, fired.what) for fired in received.fired] == [("big", "failed"), ("any", "fired")]
        assert "cannot be evaluated" in str(received.fired[0].refused)
        await live.ended(1)
