"""The steps of a job: a mapping whose change is cheap."""

from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.jobs.job import StepRun, Steps

NAMES = st.sampled_from([f"s{n}" for n in range(40)])


@given(st.lists(NAMES, unique=True), st.lists(st.lists(st.tuples(NAMES, st.integers()), max_size=5), max_size=30))
def test_steps_are_what_a_plain_dict_would_be(first, changes):
    plain = {name: StepRun(name) for name in first}
    steps = Steps.of(plain)
    for change in changes:
        new = {name: StepRun(name, attempt=attempt) for name, attempt in change}
        before = dict(steps)
        changed = steps.changed(new)
        assert dict(steps) == before
        plain, steps = {**plain, **new}, changed
        assert dict(steps) == plain
        assert (list(steps), len(steps)) == (list(plain), len(plain))
        assert all((name in steps) == (name in plain) for name in ("s0", "s1", "nobody"))


def test_many_small_changes_copy_little():
    steps = Steps.of({f"s{n}": StepRun(f"s{n}") for n in range(10_000)})
    sizes = []
    for n in range(1_000):
        steps = steps.changed({f"s{n}": StepRun(f"s{n}", attempt=1)})
        sizes.append(len(steps._overlay))
    assert max(sizes) <= 2 * 10_000**0.5 + 8


def test_a_loop_is_not_one_of_its_instances():
    assert StepRun("each", loop_total=2).is_loop
    assert not StepRun("each[0]", loop_of="each", loop_index=0, loop_total=2).is_loop
    assert not StepRun("build").is_loop
