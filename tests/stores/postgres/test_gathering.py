"""What is gathered keeps the order of each job, and goes in few statements."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from gitflow.stores.postgres.gathering import Gathering
from gitflow.stores.postgres.statements import GatheredStatement

TYPES = {("job", "id"): "text", ("step", "job_id"): "text", ("step", "name"): "text"}
JOB = GatheredStatement("/* gathered by id; once by id */ INSERT INTO job SELECT * FROM unnest(:id)", TYPES)
STEP = GatheredStatement(
    "/* gathered by job_id; once by job_id, name */ INSERT INTO step SELECT * FROM unnest(:job_id, :name)", TYPES
)
EVENT = GatheredStatement("/* gathered by job_id */ INSERT INTO step SELECT * FROM unnest(:job_id)", TYPES)

ROWS = st.lists(st.tuples(st.sampled_from([JOB, STEP, EVENT]), st.sampled_from("abc"), st.sampled_from("xy")))


def test_the_parameters_of_a_statement_are_arrays_of_the_types_of_its_columns():
    assert STEP.sql == "INSERT INTO step SELECT * FROM unnest(%(job_id)s::text[], %(name)s::text[])"
    rows = [{"job_id": "a", "name": "x"}, {"job_id": "b", "name": None, "more": 1}]
    assert STEP.arrays(rows) == {"job_id": '{"a","b"}', "name": '{"x",NULL}'}


@given(ROWS)
def test_rows_of_a_job_stay_in_their_order_and_no_key_is_twice_in_a_statement(given):
    gathering, numbers = Gathering(), itertools.count()
    order: dict[str, list[int]] = {}
    for statement, job, name in given:
        number = next(numbers)
        order.setdefault(job, []).append(number)
        gathering.add(statement, {statement.by: job, "name": name, "number": number})
    sent: dict[str, list[int]] = {}
    for batch in gathering.take():
        keys = [batch.statement.key(row) for row in batch.rows]
        assert batch.statement is EVENT or len(set(keys)) == len(keys)
        for row in batch.rows:
            sent.setdefault(row[batch.statement.by], []).append(row["number"])
    assert sent == order
    assert not gathering


def test_many_jobs_go_in_as_many_statements_as_one():
    gathering = Gathering()
    for number in range(64):
        for statement in (JOB, STEP, EVENT):
            gathering.add(statement, {statement.by: f"job-{number}", "name": "a"})
    assert [len(batch.rows) for batch in gathering.take()] == [64, 64, 64]
