"""Offers go out highest priority first, then first come first served, and a full job holds up nobody."""

from hypothesis import given
from hypothesis import strategies as st

from gitflow.dispatch.base import Offer
from gitflow.dispatch.local import LocalDispatch


def always(job_id: str) -> bool:
    return True


def taken(dispatch: LocalDispatch, has_room=always) -> list[str]:
    names = []
    while (offer := dispatch.take(has_room)) is not None:
        names.append(f"{offer.job_id}.{offer.step}")
    return names


def test_first_come_is_first_served_across_jobs():
    dispatch = LocalDispatch()
    for job, step in [("a", "1"), ("b", "1"), ("a", "2"), ("b", "2")]:
        dispatch.offer(Offer(job, step, 1))
    assert taken(dispatch) == ["a.1", "b.1", "a.2", "b.2"]


def test_a_higher_priority_overtakes():
    dispatch = LocalDispatch()
    dispatch.offer(Offer("low", "1", 1, priority=0))
    dispatch.offer(Offer("high", "1", 1, priority=9))
    assert taken(dispatch) == ["high.1", "low.1"]


def test_the_same_attempt_offered_twice_is_one_offer():
    dispatch = LocalDispatch()
    dispatch.offer(Offer("a", "1", 1))
    dispatch.offer(Offer("a", "1", 1))
    dispatch.offer(Offer("a", "1", 2))
    assert taken(dispatch) == ["a.1", "a.1"]


def test_a_job_without_room_is_passed_over_until_it_is_freed():
    dispatch = LocalDispatch()
    dispatch.offer(Offer("full", "1", 1))
    dispatch.offer(Offer("free", "1", 1))
    assert taken(dispatch, lambda job_id: job_id != "full") == ["free.1"]
    assert taken(dispatch) == []
    dispatch.freed("full")
    assert taken(dispatch) == ["full.1"]


def test_an_offer_that_the_worker_may_not_take_is_refused_and_holds_up_nobody():
    dispatch = LocalDispatch(("linux", "gpu"))
    offers = [Offer("a", "1", 1, 9, ("arm",)), Offer("a", "2", 1, 0, ("gpu",)), Offer("b", "1", 1, 0, ("gpu", "arm"))]
    assert [dispatch.offer(offer) for offer in [*offers, Offer("b", "2", 1)]] == [False, True, False, True]
    assert taken(dispatch) == ["a.2", "b.2"]


def test_without_a_limit_on_tags_every_offer_is_taken_and_a_worker_that_is_off_takes_none():
    assert LocalDispatch().offer(Offer("a", "1", 1, 0, ("arm",)))
    assert not LocalDispatch(is_off=True).offer(Offer("a", "1", 1))


def test_a_forgotten_job_is_offered_no_more_but_may_offer_again():
    dispatch = LocalDispatch()
    dispatch.offer(Offer("a", "1", 1))
    dispatch.forget("a")
    assert taken(dispatch) == []
    dispatch.offer(Offer("a", "1", 1))
    assert taken(dispatch) == ["a.1"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20), st.integers(0, 2))))
def test_nothing_offered_is_lost_and_nothing_is_given_twice(offers: list[tuple[str, int, int]]):
    dispatch = LocalDispatch()
    for job, step, priority in offers:
        dispatch.offer(Offer(job, str(step), 1, priority))
    wanted = {f"{job}.{step}" for job, step, _ in offers}
    assert sorted(taken(dispatch)) == sorted(wanted)
