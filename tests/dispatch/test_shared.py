"""Offers for several workers: each takes what its tags, its workspace and the files of the job allow, in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitflow.dispatch.base import Offer, Taker
from gitflow.dispatch.shared import SharedDispatch

GPU = Taker("gpu", "gpu", frozenset({"gpu", "linux"}))
PLAIN = Taker("plain", "plain")
OF_W = Taker("of-w", "of-w", workspaces=frozenset({"w"}))


def always(job_id: str) -> bool:
    return True


def taken(dispatch: SharedDispatch, taker: Taker | None = None, has_room=always) -> list[str]:
    names = []
    while (offer := dispatch.take(has_room) if taker is None else dispatch.take_for(taker, has_room)) is not None:
        names.append(f"{offer.job_id}.{offer.step}")
    return names


def test_priority_and_then_age_decide_across_tags_and_workspaces():
    dispatch = SharedDispatch()
    for offer in (
        Offer("a", "1", 1, 0, (), "w"),
        Offer("b", "1", 1, 5, ("gpu",), "x"),
        Offer("c", "1", 1, 0, ("linux",), "w"),
        Offer("d", "1", 1, 5, (), "w"),
    ):
        dispatch.offer(offer)
    assert taken(dispatch, GPU) == ["b.1", "d.1", "a.1", "c.1"]


def test_a_worker_takes_only_what_its_tags_allow():
    dispatch = SharedDispatch(("linux",))
    assert not dispatch.offer(Offer("a", "1", 1, 0, ("gpu",)))
    assert dispatch.offer(Offer("b", "1", 1, 0, ("linux",)))
    dispatch.join(GPU)
    assert dispatch.is_takeable(Offer("a", "1", 1, 0, ("gpu",)))
    assert taken(dispatch, PLAIN) == []
    assert taken(dispatch) == ["b.1"]
    assert taken(dispatch, GPU) == ["a.1"]


def test_an_agent_of_one_workspace_takes_nothing_of_another():
    dispatch = SharedDispatch(is_off=True)
    dispatch.offer(Offer("a", "1", 1, workspace="x"))
    dispatch.offer(Offer("b", "1", 1, workspace="w"))
    assert taken(dispatch, OF_W) == ["b.1"]
    assert taken(dispatch) == []


def test_the_steps_of_a_local_job_go_to_the_worker_that_took_the_first():
    dispatch = SharedDispatch()
    for agent in (GPU, PLAIN):
        dispatch.join(agent)
    for step in "123":
        dispatch.offer(Offer("a", step, 1, shares_files=True))
    first = dispatch.take_for(PLAIN, always)
    assert first is not None
    assert first.step == "1"
    assert taken(dispatch, GPU) == []
    assert taken(dispatch) == []
    assert dispatch.holder_of(Offer("a", "4", 1, shares_files=True)) == "plain"
    assert taken(dispatch, PLAIN) == ["a.2", "a.3"]


def test_a_local_job_that_a_server_began_goes_on_with_the_next_server():
    dispatch = SharedDispatch()
    dispatch.join(PLAIN)
    dispatch.offer(Offer("a", "1", 1, shares_files=True, affinity="the worker of a server that has ended"))
    assert taken(dispatch, PLAIN) == []
    assert taken(dispatch) == ["a.1"]


def test_what_nobody_may_take_any_more_is_named_when_the_last_agent_leaves():
    dispatch = SharedDispatch(is_off=True)
    dispatch.join(GPU)
    dispatch.join(PLAIN)
    dispatch.offer(Offer("a", "1", 1, 0, ("gpu",)))
    dispatch.offer(Offer("b", "1", 1))
    assert [offer.job_id for offer in dispatch.leave("gpu")] == ["a"]
    assert [offer.job_id for offer in dispatch.leave("plain")] == ["a", "b"]


def test_a_forgotten_job_is_offered_no_more_and_leaves_nothing():
    dispatch = SharedDispatch()
    dispatch.offer(Offer("a", "1", 1, 0, ("x",), "w", True))
    dispatch.forget("a")
    assert taken(dispatch) == []
    assert dispatch.is_empty


OFFERS = st.builds(
    Offer,
    st.sampled_from("abcd"),
    st.sampled_from("123456"),
    st.just(1),
    st.integers(0, 2),
    st.sampled_from([(), ("gpu",), ("linux",), ("gpu", "linux")]),
    st.just("w"),
)


@given(st.lists(OFFERS, unique_by=lambda offer: (offer.job_id, offer.step)))
def test_nothing_is_lost_nothing_is_given_twice_and_the_order_is_that_of_one_queue(offers: list[Offer]):
    dispatch = SharedDispatch(is_off=True)
    for offer in offers:
        dispatch.offer(offer)
    of_job: dict[str, int] = {}
    got: list[Offer] = []
    while (offer := dispatch.take_for(GPU, always)) is not None:
        got.append(offer)
        of_job[offer.job_id] = of_job.get(offer.job_id, 0) + 1
    assert sorted(got, key=repr) == sorted(offers, key=repr)
    assert dispatch.is_empty


CLUSTER = Taker("cluster", "cluster", frozenset({"big"}), only_images=True)


def with_cluster(*offers: Offer) -> SharedDispatch:
    dispatch = SharedDispatch()
    dispatch.leave_containers_to_cluster()
    dispatch.join(CLUSTER)
    dispatch.join(GPU)
    for offer in offers:
        dispatch.offer(offer)
    return dispatch


def test_a_cluster_takes_the_steps_that_run_in_containers_and_no_others():
    dispatch = with_cluster(
        Offer("a", "plain", 1),
        Offer("a", "image", 1, in_container=True),
        Offer("a", "big", 1, 0, ("big",), in_container=True),
        Offer("a", "tagged", 1, 0, ("big",)),
    )
    assert taken(dispatch, CLUSTER) == ["a.image", "a.big"]
    assert taken(dispatch) == ["a.plain", "a.tagged"]


def test_beside_a_cluster_others_take_a_container_only_for_its_tags():
    dispatch = with_cluster(
        Offer("a", "image", 1, in_container=True), Offer("a", "gpu", 1, 0, ("gpu",), in_container=True)
    )
    assert taken(dispatch) == []
    assert taken(dispatch, GPU) == ["a.gpu"]
    assert taken(dispatch, CLUSTER) == ["a.image"]


def test_steps_that_share_files_stay_on_a_machine_also_in_containers():
    dispatch = with_cluster(Offer("a", "1", 1, shares_files=True, in_container=True))
    assert taken(dispatch, CLUSTER) == []
    assert taken(dispatch) == ["a.1"]


def test_without_a_cluster_containers_run_where_they_always_did():
    dispatch = SharedDispatch()
    dispatch.offer(Offer("a", "1", 1, in_container=True))
    assert taken(dispatch) == ["a.1"]
