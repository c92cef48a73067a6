"""How texts are split at their expressions, with and without regular expressions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.templates import parse as parse_module
from gitflow.core.templates.texts import TemplateError

PIECES = st.sampled_from(
    ["{{", "}}", "{", "}", "{%", "#}", "{#", " ", "\u00a0", "\n", "-", ".", "a", "b_1", "ä", "1", "'", "[0]", "x y"]
)


def outcome(text):
    try:
        return parse_module.parse.__wrapped__(text)
    except TemplateError as error:
        return str(error), error.offset


@given(st.lists(PIECES, max_size=12).map("".join))
def test_a_text_of_plain_paths_is_split_as_any_other(text):
    quick = outcome(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse_module, "_plain", lambda _: None)
        patch.setattr(parse_module, "_is_dotted", lambda _: False)
        assert outcome(text) == quick


def test_the_longest_path_is_read_in_both_ways():
    text = "{{ " + "a" * 5000 + " }}"
    assert outcome(text).expressions[0].path == ("a" * 5000,)
    assert outcome(f"{text} and more")[0].startswith("an expression is longer")
