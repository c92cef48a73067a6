import pytest

from gitflow.core import names


@pytest.mark.parametrize("name", ["default", "0-9", "a_b-c", "X"])
def test_a_workspace_name_has_letters_digits_underscores_and_dashes(name):
    assert names.is_workspace_name(name)


@pytest.mark.parametrize("name", ["", "-a", "_a", "a.b", "a/b", "a\n", "ä", "a@1"])
def test_anything_else_is_no_workspace_name(name):
    assert not names.is_workspace_name(name)


@pytest.mark.parametrize("name", ["build", "v1.2", "a" * 100, "0"])
def test_a_definition_name_may_hold_dots_and_a_hundred_characters(name):
    assert names.is_definition_name(name)


@pytest.mark.parametrize("name", ["", ".a", "a b", "a" * 101, "a\n", "_hook:x"])
def test_anything_else_is_no_definition_name(name):
    assert not names.is_definition_name(name)


@pytest.mark.parametrize("name", ["build", "_private", "say-hello", "for", "inputs", "trUe", "a" * 100])
def test_a_step_name_begins_with_a_letter_or_underscore(name):
    assert names.is_step_name(name)


@pytest.mark.parametrize("name", ["", "1st", "a.b", "name[0]", "a\n", "a" * 101, "-a"])
def test_anything_else_is_no_step_name(name):
    assert not names.is_step_name(name)


@pytest.mark.parametrize(
    "name", ["input", "secret", "job", "each", "env", "hook", "true", "None", "null", "and", "loop"]
)
def test_no_step_is_called_what_a_template_reads_otherwise(name):
    assert names.is_reserved(name)
    assert not names.is_step_name(name)


def test_a_near_miss_is_answered_with_the_known_name():
    assert names.closest("bulid", ["build", "test"]) == 'did you mean "build"?'
    assert names.closest("zzz", ["build", "test"]) == ""


def test_a_name_with_the_same_first_letter_needs_only_half_of_the_letters():
    assert names.closest("sale", ["sell", "wait"]) == 'did you mean "sell"?'
    assert names.closest("pale", ["sell", "wait"]) == ""
    assert names.closest("store", ["sell", "wait"]) == ""


def test_the_beginning_of_a_name_stands_for_it():
    assert names.closest("exp", ["constant", "linear", "exponential"]) == 'did you mean "exponential"?'
    assert names.closest("l", ["constant", "linear"]) == ""


def test_where_no_name_is_near_a_few_known_names_are_listed():
    assert names.suggestion("bulid", ["build", "test"]) == 'did you mean "build"?'
    assert names.suggestion("zzz", ["test", "build"]) == "known: build, test"
    assert names.suggestion("zzz", []) == ""
    assert names.suggestion("zzz", [f"step-{number}" for number in range(9)]) == ""


def test_a_near_miss_of_many_names_or_of_a_long_one_costs_little():
    many = [f"{number}-deploy" for number in range(5000)]
    assert names.closest("4999-deplyo", many) == 'did you mean "4999-deploy"?'
    assert names.closest("4999_deploy", many) != ""
    assert names.closest("a" * 201, ["a" * 200]) == ""


def test_templates_write_underscores_for_dashes():
    assert names.template_name("say-hello") == "say_hello"
    assert names.instance_name("build", 3) == "build[3]"
