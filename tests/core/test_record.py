"""A record is what a frozen, slotted dataclass is."""

import copy
import dataclasses
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.jobs.job import Job, StepRun
from gitflow.core.record import Frozen, Record, field, fields_of, replace


class Spot(Record):
    """A record."""

    x: int
    y: int = 2
    tags: list = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.x + self.y


@dataclasses.dataclass(frozen=True, slots=True)
class PlainSpot:
    x: int
    y: int = 2
    tags: list = dataclasses.field(default_factory=list)


class Alone(Record):
    only: int


NUMBERS = st.integers()


@given(NUMBERS, NUMBERS, st.lists(NUMBERS), NUMBERS)
def test_it_behaves_like_a_frozen_dataclass(x, y, tags, other):
    ours, theirs = Spot(x, y, tags), PlainSpot(x, y, tags)
    assert repr(ours) == repr(theirs).replace("PlainSpot", "Spot")
    assert (ours == Spot(x, y, list(tags))) is True
    assert (ours == Spot(other, y, tags)) == (theirs == PlainSpot(other, y, tags))
    assert dict(fields_of(replace(ours, y=other))) == dataclasses.asdict(dataclasses.replace(theirs, y=other))
    assert dict(fields_of(ours)) == {"x": x, "y": y, "tags": tags}


def test_defaults_are_filled_in_and_made_anew():
    first, second = Spot(1), Spot(1)
    assert (first.y, first.tags, first.total) == (2, [], 3)
    assert first.tags is not second.tags


def test_it_is_frozen_and_has_no_other_fields():
    spot = Spot(1)
    with pytest.raises(Frozen):
        spot.x = 2  # type: ignore[misc]
    with pytest.raises(Frozen):
        del spot.x
    with pytest.raises(Frozen):
        spot.z = 2  # type: ignore[attr-defined]
    assert not hasattr(spot, "__dict__")


def test_equal_records_hash_alike_and_other_classes_differ():
    assert hash(Alone(1)) == hash(Alone(1))
    assert Alone(1) != (1,)
    assert {Alone(1), Alone(1)} == {Alone(1)}


def test_replace_leaves_the_record_and_refuses_unknown_fields():
    alone = Alone(1)
    assert (replace(alone, only=2), alone) == (Alone(2), Alone(1))
    with pytest.raises(TypeError, match="'nobody'"):
        replace(alone, nobody=1)


@pytest.mark.parametrize("made_before", [0, 300])
def test_a_class_that_makes_many_records_makes_them_alike(made_before):
    class Kind(Record):
        x: int
        y: int = 2
        tags: list = field(default_factory=list)

    for _ in range(made_before):
        Kind(0)
    assert [dict(fields_of(Kind(1))), dict(fields_of(Kind(1, 5, tags=[1])))] == [
        {"x": 1, "y": 2, "tags": []},
        {"x": 1, "y": 5, "tags": [1]},
    ]
    assert Kind(1).tags is not Kind(1).tags
    for wrong in ((), (1, 2, [], 4)):
        with pytest.raises(TypeError):
            Kind(*wrong)
    for named in ({"x": 1, "z": 2}, {"y": 2}):
        with pytest.raises(TypeError):
            Kind(**named)
    with pytest.raises(TypeError):
        Kind(1, x=2)


def test_what_is_copied_often_is_copied_alike():
    many = [Spot(1, 2)]
    for _ in range(100):
        many.append(replace(many[-1], y=many[-1].y + 1))
    assert many == [Spot(1, 2 + n) for n in range(101)]
    assert {type(one) for one in many} == {Spot}
    with pytest.raises(Frozen):
        many[-1].y = 0
    with pytest.raises(TypeError, match="Spot has no field 'nobody'"):
        replace(many[-1], nobody=1)


@dataclasses.dataclass(slots=True)
class Open:
    x: int


def test_a_slotted_dataclass_is_copied_as_a_record_is():
    many = [Open(0)]
    for _ in range(100):
        many.append(replace(many[-1], x=many[-1].x + 1))
    assert many == [Open(n) for n in range(101)]


def test_its_class_is_made_once():
    made = []

    class Named:
        def __set_name__(self, owner, name):
            made.append(owner)

    class Kind(Record):
        x: int
        note = Named()

        def who(self):
            return __class__

    assert made == [Kind]
    assert Kind(1).who() is Kind


def test_missing_and_unknown_arguments_are_refused():
    with pytest.raises(TypeError):
        Spot()
    with pytest.raises(TypeError):
        Spot(1, z=3)


def test_it_can_be_matched_copied_and_pickled():
    match Spot(1, 5):
        case Spot(x, y):
            assert (x, y) == (1, 5)
    assert copy.deepcopy(Spot(1, 5)) == Spot(1, 5)
    assert pickle.loads(pickle.dumps(Alone(3))) == Alone(3)


@pytest.mark.parametrize("kind", [StepRun, Job])
def test_what_is_copied_most_has_nothing_beside_its_fields(kind):
    assert not hasattr(kind, "__post_init__")
    assert set(kind.__match_args__) == set(kind.__slots__)
