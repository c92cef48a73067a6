"""Stores of every kind, and jobs to put into them."""

import importlib.util
import itertools
import os
import sys

import pytest

from gitflow.core.jobs.job import Job, Plan, StepRun, Steps
from gitflow.core.language.definition import Hooks, Task
from gitflow.core.language.graph import Graph
from gitflow.core.logs import LogChunk
from gitflow.core.record import replace
from gitflow.stores.registry import STORES, open_stores
from postgres_part import cluster, new_database  # noqa: F401

PLAN = Plan(Task("hello", {}), {}, Graph((), {}, {}), Hooks())

#: A file, memory, another driver, and another database.
URLS = [
    *("sqlite:///gitflow.db", "sqlite:///:memory:", "traced:///:memory:"),
    pytest.param("postgresql://", marks=pytest.mark.postgres),
]


@pytest.fixture(params=URLS)
def url(request):
    """The address of a new store of each kind."""
    return request.getfixturevalue("new_database") if request.param == "postgresql://" else request.param


@pytest.fixture
def stores(url, tmp_path, traced):
    with open_stores(str(tmp_path / "state"), url) as opened:
        yield opened


@pytest.fixture(scope="session")
def traced():
    """``traced:///…`` is a store whose driver is the one of traced_store.py; answers that module."""
    spec = importlib.util.spec_from_file_location(
        "tests_stores_traced_store", os.path.join(os.path.dirname(__file__), "traced_store.py")
    )
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, spec.name, module)
        patch.setitem(STORES, "traced", spec.name)
        spec.loader.exec_module(module)
        yield module


@pytest.fixture
def state_dir(tmp_path):
    return str(tmp_path / "state")


@pytest.fixture
def reopened(state_dir):
    """Opens the same directory again and again; closes all at the end."""
    opened = []

    def open_again(**settings):
        opened.append(open_stores(state_dir, **settings))
        return opened[-1]

    yield open_again
    for one in opened:
        one.close()


@pytest.fixture
def plan():
    return PLAN


@pytest.fixture
def plan_of():
    return lambda workspace, revision, task_name: PLAN


@pytest.fixture
def job_of():
    """A new job with these steps, pending, unless its fields say otherwise."""
    numbers = itertools.count(1)

    def make(*steps, **fields):
        number = next(numbers)
        given = {
            "id": f"{number:08x}-0000-4000-8000-000000000000",
            "workspace": "default",
            "revision": "abc",
            "plan": PLAN,
            "input": {"name": "World"},
            "steps": Steps.of({name: StepRun(name) for name in steps}),
            "created_at": float(number),
        }
        return Job(**(given | fields))

    return make


@pytest.fixture
def save():
    """Saves a job with some steps changed; answers what it is then."""

    def save_changes(jobs, job, history=(), **changed):
        steps = {name: replace(job.steps.get(name, StepRun(name)), **fields) for name, fields in changed.items()}
        after = replace(job, steps=job.steps.changed(steps))
        jobs.save(after, steps, history)
        return replace(after, version=after.version + 1)

    return save_changes


@pytest.fixture
def chunk():
    def make(job_id, *lines, step="build", attempt=1, stream="stdout", ts=1_000_000.0):
        return LogChunk(job_id, step, attempt, stream, ts, len(lines), "".join(f"{line}\n" for line in lines).encode())

    return make


@pytest.fixture
def random_bytes():
    return lambda: os.urandom(10)
