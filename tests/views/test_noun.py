"""A noun is declared once: its JSON and its schema follow from the same lines."""

from types import SimpleNamespace as It

import pytest

from gitflow.core.jobs.job import Job, Source
from gitflow.core.jobs.planning import new_job, plan_task
from gitflow.core.language.sources import SourceFile
from gitflow.core.record import replace
from gitflow.core.status import JobStatus
from gitflow.definitions.loader import load
from gitflow.stores.protocols.jobs import JobRow
from gitflow.views.jobs import FROM_JOB, FROM_LISTED_JOB, JOB_DETAIL, JOB_ITEM, LoadedJob
from gitflow.views.noun import ABSENT, ExtraFields, JsonField, Noun, component, components, is_absent, is_unset, writer
from gitflow.views.schema import ANY, TEXT, TIME, WHOLE, list_of, map_of, or_null

TEXT_OF_TASK = b"tasks: {bare: {flow: {wait: {type: sleep, duration: 1s}}}}"
ROW = JobRow(
    "id", "default", "bare", "distributed", JobStatus.PENDING, "user", None, "rev", None, {}, 0, None, None,
    0.0, None, None,
)  # fmt: skip


def a_job() -> Job:
    loaded = load([SourceFile("a.yaml", TEXT_OF_TASK)], workspace="default", revision="rev", has_file=lambda _: True)
    assert loaded.snapshot is not None, loaded.problems
    plan = plan_task(loaded.snapshot, "bare")
    return new_job(plan, id="id", workspace="default", revision="rev", input={}, at=0.0, source=Source("user"))


def test_a_new_field_of_a_job_is_one_line():
    loaded = LoadedJob(a_job())
    for noun, source, reads, start in (
        (JOB_ITEM, ROW, {}, ""),
        (JOB_ITEM, loaded, FROM_LISTED_JOB, "job."),
        (JOB_DETAIL, loaded, FROM_JOB, "job."),
    ):
        line = JsonField("is_old", {"type": "boolean"}, lambda it: True, about="Whether it is.")
        longer = replace(noun, fields=(*noun.fields, line))
        before, after = writer(noun, reads, start=start)(source), writer(longer, reads, start=start)(source)
        assert after == {**before, "is_old": True}
        assert list(after) == [*before, "is_old"]
        schema = component(longer)
        assert schema["properties"]["is_old"] == {"type": "boolean", "description": "Whether it is."}
        assert schema["required"] == [*component(noun)["required"], "is_old"]


def test_a_value_is_written_as_its_type_says():
    noun = Noun("N", "", (
        JsonField("at", TIME), JsonField("later", or_null(TIME)),
        JsonField("names", list_of(TEXT)), JsonField("labels", map_of(TEXT)),
        JsonField("deep", WHOLE, "a.b"), JsonField("made", TEXT, lambda it: it.at * 2),
    ))  # fmt: skip
    source = It(at=0.0, later=None, names=("a",), labels={"b": "c"}, a=It(b=3))
    expected = {"at": "1970-01-01T00:00:00Z", "later": None, "names": ["a"], "labels": {"b": "c"}, "deep": 3, "made": 0}
    assert list(writer(noun)(source).items()) == list(expected.items())


def test_another_source_may_keep_values_elsewhere():
    noun = Noun("N", "", (JsonField("name", TEXT), JsonField("mode", TEXT)))
    write = writer(noun, {"mode": "plan.mode", "name": lambda it: it.job.name.upper()}, start="job.")
    assert write(It(job=It(name="a", plan=It(mode="m")))) == {"name": "A", "mode": "m"}


@pytest.mark.parametrize(
    ("omit", "left_out", "written"),
    [(is_unset, [None, False, "", [], {}], [0, "a", [0]]), (is_absent, [ABSENT], [None, False, "", 0])],
)
def test_a_field_is_left_out_where_its_rule_says_so_and_is_not_required(omit, left_out, written):
    noun = Noun("N", "", (JsonField("a", WHOLE), JsonField("b", ANY, omit=omit), JsonField("c", WHOLE)))
    write = writer(noun)
    for value in left_out:
        assert write(It(a=1, b=value, c=2)) == {"a": 1, "c": 2}
    for value in written:
        assert list(write(It(a=1, b=value, c=2)).items()) == [("a", 1), ("b", value), ("c", 2)]
    assert component(noun)["required"] == ["a", "c"]
    assert list(component(noun)["properties"]) == ["a", "c", "b"]


def test_keys_of_one_type_only_stand_where_they_are_spread():
    noun = Noun("N", "", (JsonField("a", WHOLE), ExtraFields("more"), JsonField("z", WHOLE)), is_open=True)
    assert list(writer(noun)(It(a=1, more={"x": 2}, z=3))) == ["a", "x", "z"]
    assert list(component(noun)["properties"]) == ["a", "z"]
    assert "additionalProperties" not in component(noun)


def test_a_list_of_a_noun_is_a_component_of_its_own():
    named = Noun("N", "One.", (), list_name="NList")
    assert components([named])["NList"] == {"type": "array", "items": {"$ref": "#/components/schemas/N"}}
    nameless = Noun("", "One.", (), list_name="NList")
    assert components([nameless]) == {"NList": {"type": "array", "items": component(nameless)}}
