"""Lists stay quick with a million jobs, since each is read from an index in its order."""

import pytest

from gitflow.stores.protocols.jobs import JobFilter


@pytest.fixture
def steps_of(reopened):
    """How SQLite goes about a query."""
    stores = reopened()

    def explain(sql, values):
        return [row["detail"] for row in stores.jobs._driver.query(f"EXPLAIN QUERY PLAN {sql}", values)]

    def steps(query, values):
        if isinstance(values, JobFilter):
            sql, found = stores.jobs._listing(values, (1.0, "x"))
            return explain(sql, found | {"limit": 50, "offset": 0})
        part = stores.outputs if query == "fires" else stores.jobs
        return explain(part.statement(query), values)

    return steps


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (JobFilter(), "job_newest"),
        (JobFilter(workspace="w"), "job_of_workspace"),
        (JobFilter(workspace="w", task_name="t"), "job_of_task"),
        (JobFilter(status="failed"), "job_in_status"),
        (JobFilter(revision="r"), "job_at_revision"),
        (JobFilter(source_type="webhook"), "job_by_source"),
        (JobFilter(created_after=1.0), "job_newest"),
    ],
)
def test_a_page_of_a_list_is_read_from_an_index_in_its_order(steps_of, wanted, index):
    [step] = steps_of("list_jobs", wanted)
    assert step.startswith(f"SEARCH job USING INDEX {index} (")


@pytest.mark.parametrize(
    "wanted",
    [
        JobFilter(labels={"a": "b"}),
        JobFilter(labels={"a": "b", "c": "d"}, workspace="w", status="failed"),
        JobFilter(labels={"a": "b"}, status=("failed", "timed_out"), created_after=1.0),
    ],
)
def test_a_list_by_label_is_read_from_the_labels_in_their_order(steps_of, wanted):
    read = [step for step in steps_of("list_jobs", wanted) if " job" in step or "TEMP" in step or "label" in step]
    assert read[0].startswith("SEARCH label USING PRIMARY KEY (name=? AND value=? AND ")
    assert read[1].startswith("SEARCH job USING INDEX sqlite_autoindex_job_1 (id=?)")
    assert len(read) == 2


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (JobFilter(actor="a"), "job_of_actor"),
        (JobFilter(actor="a", workspace="w", status="failed"), "job_of_actor"),
        (JobFilter(actor="a", tasks=(("w", "a"), ("w", "b"))), "job_of_actor"),
        (JobFilter(trigger="t"), "job_of_trigger"),
        (JobFilter(trigger="t", workspace="w", status=("failed", "timed_out")), "job_of_trigger"),
        (JobFilter(duration_over=3600.0), "job_of_duration"),
        (JobFilter(duration_over=0.0, status=("failed", "timed_out")), "job_of_duration"),
    ],
)
def test_what_few_jobs_meet_is_read_from_its_own_index_and_not_sorted(steps_of, wanted, index):
    steps = steps_of("list_jobs", wanted)
    read = [step for step in steps if step.startswith("SEARCH job ")]
    assert read
    assert all(step.startswith(f"SEARCH job USING INDEX {index} (") for step in read)
    assert not [step for step in steps if "FOR ORDER BY" in step or step.startswith("SCAN job")]


def test_what_an_open_job_waits_for_is_read_from_the_steps_that_wait(steps_of):
    steps = [step for step in steps_of("waiting_on", {"job_ids": "[]"}) if " step " in step]
    assert len(steps) == 5
    assert all("INDEX step_waiting (job_id=? AND status=?" in step for step in steps)


def test_lists_of_several_states_are_merged_and_not_sorted(steps_of):
    steps = steps_of("list_jobs", JobFilter(status=("failed", "timed_out", "cancelled")))
    assert len([step for step in steps if step.startswith("SEARCH job USING INDEX job_in_status (status=?")]) == 3
    assert not [step for step in steps if "TEMP B-TREE" in step or "SCAN" in step]


def test_lists_of_a_few_tasks_are_merged_and_not_sorted(steps_of):
    tasks = (("w", "a"), ("w", "b"), ("v", "a"))
    steps = steps_of("list_jobs", JobFilter(tasks=tasks, status="failed"))
    assert len([step for step in steps if step.startswith("SEARCH job USING INDEX job_")]) == 3
    assert not [step for step in steps if "TEMP B-TREE" in step or "SCAN" in step]


def test_a_list_of_many_tasks_is_read_in_its_order(steps_of):
    steps = steps_of("list_jobs", JobFilter(tasks=tuple(("w", f"t{number}") for number in range(40))))
    assert steps[0].startswith("SEARCH job USING INDEX job_newest (")
    assert not [step for step in steps if "FOR ORDER BY" in step]


@pytest.mark.parametrize("wanted", [JobFilter(parent_job_id="j"), JobFilter(retry_of_job_id="j")])
def test_the_jobs_that_another_led_to_are_found_by_an_index(steps_of, wanted):
    assert not [step for step in steps_of("list_jobs", wanted) if step.startswith("SCAN")]


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("open_jobs", {"owner_id": "o"}),
        ("owners", {}),
        ("due", {"owner_id": "o", "until": 1.0}),
        ("children", {"parent_job_id": "j"}),
        ("chain", {"id": "j"}),
        ("find_jobs", {"part": "a", "after": "b", "most": 6}),
        ("steps", {"job_id": "j"}),
        ("history", {"job_id": "j"}),
        ("attempts", {"job_id": "j"}),
        ("artifacts_of_steps", {"job_id": "j", "steps": "[]"}),
        ("names_digest", {"digest": "d"}),
        ("state_of", {"id": "j"}),
        ("requests", {"owner_id": "o"}),
        ("idempotency_key", {"caller": "c", "key": "k"}),
        ("drop_idempotency_keys", {"before": 1.0, "at_most": 10}),
        ("group_holders", {"workspace": "w", "group_name": "g"}),
        ("group_waiters", {"workspace": "w", "group_name": "g", "now": 1.0}),
        ("open_of_source", {"workspace": "w", "source_type": "trigger", "source_id": "t"}),
        ("is_asked_to_end", {"job_id": "j"}),
        ("run_tokens", {"owner_id": "o"}),
        ("open_with_workspace", {"owner_id": "o"}),
        ("announced", {"job_id": "j"}),
        ("job_of_instance", {"workspace": "w", "task_name": "t", "id": "i"}),
        ("instances_of_jobs", {"job_ids": "[]"}),
        ("ended_jobs_counted", {"workspace": "w", "task_name": "t"}),
        ("open_jobs_of_workspace", {"workspace": "w"}),
        ("revisions_of_task", {"workspace": "w", "task_name": "t"}),
        ("number_of", {"kind": "k", "name": "n"}),
        ("outputs", {"workspace": "w", "task": "t", "step": "s", "after": 1.0, "limit": 1}),
        ("outputs_of_few_jobs", {"workspace": "w", "task": "t", "step": "s", "after": 1.0, "limit": 1}),
        ("has_many_jobs", {"workspace": "w", "task": "t", "many": 9}),
        ("output_of", {"job_id": "j", "step": "s", "attempt": 1}),
        ("fires", {"workspace": "w", "name": "t", "after": 1.0, "limit": 1}),
        ("first_of_chain", {"id": "j"}),
    ],
)
def test_no_question_reads_a_whole_table(steps_of, query, values):
    tables = ("job", "step", "event", "attempt", "artifact", "request", "idempotency_key")
    assert not [step for step in steps_of(query, values) for table in tables if step == f"SCAN {table}"]


def test_who_waits_in_a_group_is_read_in_the_order_of_his_turn(steps_of):
    steps = steps_of("group_waiters", {"workspace": "w", "group_name": "g", "now": 1.0})
    used = "SEARCH job USING INDEX job_of_group (workspace=? AND group_name=? AND status=?)"
    assert steps.count(used) == len([step for step in steps if step.startswith("SEARCH job ")])
    assert not [step for step in steps if "TEMP B-TREE" in step]


@pytest.mark.parametrize(
    ("query", "index"),
    [("outputs", "step_output (name=? AND completed_at>?)"), ("fires", "trigger_event_fired (workspace=?")],
)
def test_what_was_given_is_read_in_the_order_of_time(steps_of, query, index):
    values = {"workspace": "w", "task": "t", "step": "s", "name": "t", "after": 1.0, "limit": 1}
    steps = steps_of(query, values)
    assert index in steps[0]
    assert not [step for step in steps if "TEMP B-TREE" in step]
