"""Templates of pods: what the attempt needs wins, and only its containers may be named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitflow.dispatch.kubernetes.templates import merged, problem_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcn"), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_without_a_template_nothing_changes(own):
    assert merged({}, own) == own


@given(st.dictionaries(st.sampled_from("abcn"), JSON), st.dictionaries(st.sampled_from("abcn"), st.integers()))
def test_what_the_attempt_says_is_never_lost(template, own):
    both = merged(template, own)
    assert own.items() <= both.items()
    assert both.keys() == template.keys() | own.keys()


def test_a_template_with_another_container_is_refused():
    assert (
        problem_of({"containers": [{"name": "step"}, {"name": "keeper"}], "initContainers": [{"name": "fetch"}]})
        is None
    )
    assert problem_of({"containers": [{"name": "proxy"}]}) == (
        "containers may only say something about step and keeper, not 'proxy'"
    )
    assert problem_of({"initContainers": ["fetch"]}) is not None
