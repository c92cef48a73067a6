"""The quick reader of ``gitflow run`` understands exactly what click would, or nothing."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.cli.commands import definitions, jobs
from gitflow.cli.fast_path import RunOptions, read_run, read_validate

WORDS = st.sampled_from(
    ["hello", "-i", "--input", "a=1", "--input=a=b=c", "-w", "x", "--json", "-q", "--quiet", "--rev", "--rev=main",
     "--env", "HOME", "--dry-run", "--input-file", "in.json", "--state-dir=/s", "-ia=1", "--nope", "--", "-", "-h"]
)  # fmt: skip


def as_click_reads(words: list[str]) -> RunOptions | None:
    try:
        with jobs.run.make_context("run", list(words)) as context:
            given = dict(context.params)
    except (click.ClickException, click.exceptions.Exit):
        return None
    return RunOptions(given.pop("task"), json=given.pop("as_json"), **given)


@given(st.lists(WORDS, max_size=7))
def test_what_is_read_quickly_is_what_click_reads(words: list[str]):
    quick = read_run(words)
    if quick is not None:
        assert quick == as_click_reads(words)


def test_the_usual_forms_are_read_quickly():
    assert read_run(["hello-world", "--input", "name=World"]) == RunOptions("hello-world", inputs=("name=World",))
    assert read_run(["-w", "ws", "t", "-i", "a=1", "-i", "b=2", "-q"]) == RunOptions(
        "t", workspace="ws", inputs=("a=1", "b=2"), quiet=True
    )


@pytest.mark.parametrize(
    "words", [[], ["a", "b"], ["a", "-i"], ["a", "--help"], ["a", "-wx"], ["a", "--rev", "1", "--rev", "2"]]
)
def test_anything_unusual_is_left_to_click(words: list[str]):
    assert read_run(words) is None


VALIDATE_WORDS = st.sampled_from([".", "a/b", "--format", "json", "text", "nope", "--format=json", "-w", "--rev", "-h"])


@given(st.lists(VALIDATE_WORDS, max_size=4))
def test_a_read_validate_is_read_as_click_reads_it(words):
    found = read_validate(words)
    if found is None:
        return
    context = definitions.validate.make_context("validate", list(words))
    assert found == (context.params["path"], context.params["form"])
    assert context.params["workspace"] is context.params["rev"] is None
