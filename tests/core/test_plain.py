"""Records as JSON values."""

from gitflow.core.plain import plain
from gitflow.core.record import Record


class Point(Record):
    name: str
    at: tuple[int, ...]


def test_records_are_objects_and_tuples_are_lists_at_any_depth():
    given = {"points": (Point("a", (1, 2)), Point("b", ())), "none": None}
    assert plain(given) == {"points": [{"name": "a", "at": [1, 2]}, {"name": "b", "at": []}], "none": None}


def test_every_text_but_the_keys_is_changed():
    given = {"name": Point("a", (1,)), "list": ["b"]}
    assert plain(given, str.upper) == {"name": {"name": "A", "at": [1]}, "list": ["B"]}
