"""The shape of a flow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.language.graph import Graph, GraphError


@st.composite
def shapes(draw):
    """Needs without a cycle, in any order of the text."""
    count = draw(st.integers(0, 12))
    ranks = draw(st.permutations(range(count)))
    return {
        f"s{rank}": {f"s{other}" for other in draw(st.frozensets(st.integers(0, count - 1))) if other < rank}
        for rank in ranks
    }


def test_steps_come_after_those_they_need_and_else_in_the_order_of_the_text():
    graph = Graph.build({"ship": ["test", "lint"], "zeta": [], "lint": [], "test": ["build"], "build": []})
    assert graph.order == ("zeta", "lint", "build", "test", "ship")


def test_roots_need_nothing_and_leaves_are_needed_by_nothing():
    graph = Graph.build({"build": [], "lint": [], "test": ["build"]})
    assert (graph.roots, graph.leaves) == (("build", "lint"), ("lint", "test"))


def test_a_need_named_twice_is_one():
    graph = Graph.build({"build": [], "test": ["build", "build"]})
    assert (graph.needs["test"], graph.dependents["build"]) == (("build",), ("test",))


def test_an_unknown_need_is_refused_with_a_near_name():
    with pytest.raises(GraphError, match='step "test" needs "biuld", which is not in this flow; did you mean "build"'):
        Graph.build({"build": [], "test": ["biuld"]})


def test_a_cycle_is_refused_and_named_in_order():
    with pytest.raises(GraphError, match='"b" needs "c", "c" needs "d", "d" needs "b"') as caught:
        Graph.build({"a": ["b"], "b": ["root", "c"], "c": ["d"], "d": ["b"], "root": []})
    assert caught.value.cycle == ("b", "c", "d")


def test_a_step_that_needs_itself_is_a_cycle():
    with pytest.raises(GraphError) as caught:
        Graph.build({"a": ["a"]})
    assert caught.value.cycle == ("a",)


def test_a_chain_of_any_length_is_walked():
    needs = {f"s{n}": [f"s{n - 1}"] if n else [] for n in range(20_000)}
    graph = Graph.build(dict(reversed(needs.items())))
    assert graph.order == tuple(needs)
    assert len(graph.upstream("s19999")) == len(graph.downstream("s0")) == 19_999
    with pytest.raises(GraphError):
        Graph.build({**needs, "s0": ["s19999"]})


@given(shapes())
def test_every_step_stands_after_its_needs(needs):
    graph = Graph.build(needs)
    assert sorted(graph.order) == sorted(needs)
    place = {name: index for index, name in enumerate(graph.order)}
    assert all(place[need] < place[name] for name, wanted in needs.items() for need in wanted)


@given(shapes())
def test_upstream_and_downstream_are_each_others_mirror(needs):
    graph = Graph.build(needs)
    for name in needs:
        assert all(name in graph.downstream(other) for other in graph.upstream(name))
        assert all(name in graph.upstream(other) for other in graph.downstream(name))
        assert name not in graph.upstream(name)


@given(shapes(), st.data())
def test_closing_any_path_into_a_ring_is_refused(needs, data):
    graph = Graph.build(needs)
    paths = [(name, below) for name in needs for below in graph.downstream(name)]
    if paths:
        name, below = data.draw(st.sampled_from(sorted(paths)))
        with pytest.raises(GraphError) as caught:
            Graph.build({**needs, name: {*needs[name], below}})
        cycle = caught.value.cycle
        ring = zip(cycle, (*cycle[1:], cycle[0]), strict=True)
        assert all(need in {**needs, name: {*needs[name], below}}[step] for step, need in ring)
