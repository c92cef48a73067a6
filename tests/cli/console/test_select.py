"""Filters as they are typed: a JobFilter, or a sentence that says what is wrong."""

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.cli.console.select import KNOWN, confirm, read_filter, require_terminal
from gitflow.core.errors import InvalidInput
from gitflow.stores.protocols.jobs import JobFilter


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        (["status=failed"], JobFilter(status=("failed",))),
        (["status=failed,task=build"], JobFilter(status=("failed",), task_name="build")),
        (["status=failed", "status=timed_out"], JobFilter(status=("failed", "timed_out"))),
        (["workspace=shop, source=trigger"], JobFilter(workspace="shop", source_type="trigger")),
        (["label.team=red,label.tier=a=b"], JobFilter(labels={"team": "red", "tier": "a=b"})),
        (["parent=x,retry-of=y,revision=r,search=Boom"],
         JobFilter(parent_job_id="x", retry_of_job_id="y", revision="r", search="Boom")),
        (["actor=ada,trigger=nightly"], JobFilter(actor="ada", trigger="nightly")),
        (["after=1970-01-02T00:00:00Z"], JobFilter(created_after=86_400.0)),
        (["before=1970-01-02T00:00:00+00:00"], JobFilter(created_before=86_400.0)),
    ],
)  # fmt: skip
def test_a_filter_is_read_as_it_is_written(typed, wanted):
    assert read_filter(typed) == wanted


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "name=value"),
        ("status", "name=value"),
        ("task=", "name=value"),
        ("task=a,", "name=value"),
        ("label.=x", "does not know 'label.'"),
        ("colour=red", "it knows status, task"),
        ("tsk=a", 'did you mean "task"'),
        ("status=done", "there is no status 'done'"),
        ("after=soon", "is not a time"),
    ],
)
def test_a_filter_that_is_none_is_refused_in_words(typed, told):
    with pytest.raises(InvalidInput, match=told.replace(".", r"\.")):
        read_filter([typed])


@given(st.lists(st.one_of(st.text(), st.builds("{}={}".format, st.sampled_from(KNOWN), st.text()))))
def test_whatever_is_typed_is_a_filter_or_refused(typed):
    with suppress(InvalidInput):
        assert isinstance(read_filter(typed), JobFilter)


@pytest.mark.parametrize(
    ("typed", "means"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_many_are_touched_only_after_a_yes(monkeypatch, capsys, typed, means):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stdin", Terminal(typed))
    require_terminal("delete", ["task=x"])
    assert confirm("delete", 3) is means
    assert capsys.readouterr().err == "delete 3 jobs? [y/N] "


def test_without_a_terminal_nothing_is_done_that_would_have_been_asked(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(
        InvalidInput, match=r"no terminal to ask on; see which jobs match with --dry-run, then say --yes"
    ):
        require_terminal("delete", ["task=x"])
    assert capsys.readouterr().err == ""
