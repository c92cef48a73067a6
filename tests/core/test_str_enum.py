"""The light StrEnum behaves as the standard one does."""

import copy
import enum
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.str_enum import StrEnum


class Light(StrEnum):
    RED = "red"
    DARK_BLUE = "dark-blue"

    @property
    def is_blue(self) -> bool:
        return self is Light.DARK_BLUE


class Standard(enum.StrEnum):
    RED = "red"
    DARK_BLUE = "dark-blue"

    @property
    def is_blue(self) -> bool:
        return self is Standard.DARK_BLUE


#: What is asked of both.
QUESTIONS = {
    "its members": lambda kind: [(member.name, member.value) for member in kind],
    "how many": len,
    "its texts": lambda kind: [str(member) for member in kind],
    "in a text": lambda kind: f"{kind.RED}, {kind.DARK_BLUE:>12}",
    "a joined text": lambda kind: ", ".join(kind),
    "as JSON": lambda kind: json.dumps([*kind, {kind.RED: kind.DARK_BLUE}]),
    "equality": lambda kind: (kind.RED == "red", kind.RED == kind.DARK_BLUE, hash(kind.RED) == hash("red")),
    "a property": lambda kind: [member.is_blue for member in kind],
    "membership": lambda kind: (kind.RED in kind, "red" in set(kind)),
    "identity": lambda kind: (kind("red") is kind.RED, kind(kind.RED) is kind.RED),
    "copies": lambda kind: (copy.copy(kind.RED) is kind.RED, copy.deepcopy(kind.RED) is kind.RED),
    "pickles": lambda kind: pickle.loads(pickle.dumps(kind.RED)) is kind.RED,
    "order": lambda kind: sorted(kind) == [kind.DARK_BLUE, kind.RED],
    "a plain value": lambda kind: type(kind.RED.value) is str,
    "its representation": lambda kind: repr(kind.DARK_BLUE).partition(".")[2],
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_it_answers_as_the_standard_one_does(question):
    ask = QUESTIONS[question]
    assert ask(Light) == ask(Standard)


@given(st.text() | st.none() | st.integers() | st.lists(st.text()))
def test_a_value_that_is_no_member_is_refused_in_the_same_words(value):
    messages = []
    for kind in (Light, Standard):
        try:
            messages.append(kind(value).value)
        except ValueError as error:
            messages.append(str(error).replace(kind.__qualname__, "kind").replace(kind.__name__, "kind"))
    assert messages[0] == messages[1]


def test_no_member_can_be_replaced():
    with pytest.raises(AttributeError):
        Light.RED = "blue"
