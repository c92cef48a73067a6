"""Lists stay quick with a million jobs, since each is read from an index in its order."""

import pytest

from gitflow.stores.base import JobFilter


@pytest.fixture
def steps_of(reopened):
    """How SQLite goes about a query."""
    stores = reopened()

    def explain(sql, values):
        return [row[3] for row in stores.jobs._connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]

    def steps(query, values):
        if isinstance(values, JobFilter):
            sql, found = stores.jobs._filtered(query, values, (1.0, "x"))
            return explain(sql, found | {"limit": 50, "offset": 0})
        return explain(stores.jobs._queries[query], values)

    return steps


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (JobFilter(), "job_newest"),
        (JobFilter(workspace="w"), "job_of_workspace"),
        (JobFilter(workspace="w", task_name="t"), "job_of_task"),
        (JobFilter(status="failed"), "job_in_status"),
        (JobFilter(revision="r"), "job_at_revision"),
        (JobFilter(created_after=1.0), "job_newest"),
    ],
)
def test_a_page_of_a_list_is_read_from_an_index_in_its_order(steps_of, wanted, index):
    [step] = steps_of("list_jobs", wanted)
    assert step.startswith(f"SEARCH job USING INDEX {index} (")


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("open_jobs", ("o",)),
        ("owners", ()),
        ("due", {"owner_id": "o", "until": 1.0}),
        ("children", ("j",)),
        ("chain", ("j",)),
        ("find_jobs", {"start": "a", "after": "b"}),
        ("steps", ("j",)),
        ("history", ("j",)),
        ("attempts", ("j",)),
        ("artifacts_of_steps", {"job_id": "j", "steps": "[]"}),
        ("names_digest", ("d",)),
    ],
)
def test_no_question_reads_a_whole_table(steps_of, query, values):
    tables = ("job", "step", "event", "attempt", "artifact")
    assert not [step for step in steps_of(query, values) for table in tables if step == f"SCAN {table}"]
