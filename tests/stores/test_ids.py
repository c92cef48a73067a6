import uuid

from hypothesis import given
from hypothesis import strategies as st

from gitflow.stores import ids
from gitflow.stores.ids import new_id, time_of

TIMES = st.floats(0, 4e9, allow_nan=False)
CHANCE = st.binary(min_size=10, max_size=10)


@given(st.lists(st.tuples(TIMES, CHANCE), min_size=1, max_size=50))
def test_ids_are_uuids_of_version_7_and_sort_as_they_were_made(made):
    found = [new_id(at, chance) for at, chance in made]
    assert found == sorted(set(found))
    for id in found:
        assert (uuid.UUID(id).version, uuid.UUID(id).variant) == (7, uuid.RFC_4122)


@given(TIMES, CHANCE)
def test_an_id_tells_when_it_was_made(at, chance):
    ids._last = (0, 0)
    assert abs(time_of(new_id(at, chance)) - at) <= 0.002


def test_many_ids_of_one_millisecond_differ():
    assert len({new_id(5e9, b"\xff" * 10) for _ in range(10_000)}) == 10_000


@given(st.text(max_size=40))
def test_other_texts_tell_no_time(text):
    assert time_of(text) is None or text[14] == "7"


def test_an_id_of_another_version_tells_no_time():
    assert time_of(str(uuid.uuid4())) is None
