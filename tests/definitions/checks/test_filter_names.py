"""Filters of other template engines are answered with ours."""

import pytest

from gitflow.core.templates.engine import knows
from gitflow.definitions.checks import filter_names
from gitflow.definitions.checks.expressions import findings_of


@pytest.mark.parametrize(
    ("template", "hint"),
    [
        ("{{ input.x | json_encode }}", 'did you mean "tojson"?'),
        ("{{ input.x | to_json }}", 'did you mean "tojson"?'),
        ("{{ input.x | toJson }}", 'did you mean "tojson"?'),
        ("{{ input.x | json }}", 'did you mean "tojson"?'),
        ("{{ input.x | from_json }}", 'did you mean "fromjson"?'),
        ("{{ input.x | b64enc }}", 'did you mean "b64encode"?'),
        ("{{ input.x | base64_encode }}", 'did you mean "b64encode"?'),
        ("{{ input.x | to_int }}", 'did you mean "int"?'),
        ("{{ input.x | upcase }}", 'did you mean "upper"?'),
        ("{{ input.x | shellquote }}", "leave it out: in a `cmd` every value is quoted automatically"),
        ("{{ input.x | quote }}", "leave it out: in a `cmd` every value is quoted automatically"),
        ("{{ input.x | uper }}", 'did you mean "upper"?'),
        ("{{ input.x | zzzzzz }}", ""),
        ("{% if input.x %}{{ input.x | json_encode }}{% endif %}", 'did you mean "tojson"?'),
    ],
)
def test_an_unknown_filter_is_answered_with_the_one_that_is_meant(template, hint):
    (fault,) = findings_of(template).faults
    assert (fault.rule, fault.hint) == ("unknown-filter", hint)


def test_every_filter_that_is_suggested_exists():
    suggested = set(filter_names._ELSEWHERE)
    assert {name for name in suggested if not knows("filter", name)} == set()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("json_encode", "write it as a filter: value | tojson"),
        ("toJson", "write it as a filter: value | tojson"),
        ("length", "write it as a filter: value | length"),
        ("shellquote", "leave it out: in a `cmd` every value is quoted automatically"),
        ("rang", ""),
    ],
)
def test_a_filter_that_is_called_as_a_function_is_written_as_one(name, hint):
    assert filter_names.advice_for_function(name) == hint
