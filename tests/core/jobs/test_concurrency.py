"""Concurrency groups, against a small model that remembers instead of deciding anew."""

import pytest
from engine import flow, job_of
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gitflow.core.jobs.concurrency import (
    Decision,
    Member,
    decide,
    holds_a_place,
    in_turn,
    may_be_reopened,
    why_waiting,
)
from gitflow.core.language.definition import Concurrency
from gitflow.core.record import replace


def member(order, **fields):
    return Member(f"job-{order}", order, **fields)


A, B, C, D = (member(order) for order in range(4))


def test_a_free_place_goes_to_who_came_first():
    assert decide([], [C, B]) == Decision(admitted=("job-1",))


def test_the_higher_priority_goes_first():
    assert decide([], [B, replace(C, priority=5)]) == Decision(admitted=("job-2",))


def test_as_many_begin_as_there_are_places():
    two = [replace(one, limit=2) for one in (B, C, D)]
    assert decide([], two).admitted == ("job-1", "job-2")
    assert decide([replace(A, limit=2)], two).admitted == ("job-1",)


def test_a_full_group_lets_wait():
    assert decide([A], [B, C]) == Decision()


def test_a_job_that_finds_no_place_is_skipped_where_its_task_says_so():
    assert decide([A], [replace(B, on_limit="skip")]) == Decision(skipped=("job-1",))
    assert decide([], [replace(B, on_limit="skip")]) == Decision(admitted=("job-1",))


def test_a_newer_job_cancels_holders_and_waiters_where_its_task_says_so():
    newer = replace(C, on_limit="cancel_running")
    assert decide([A], [B, newer]) == Decision(cancelled=("job-0", "job-1"))
    assert decide([replace(A, cancelling=True)], [newer]) == Decision()
    assert decide([], [newer]) == Decision(admitted=("job-2",))


def test_nobody_who_came_later_is_cancelled():
    newer = replace(B, on_limit="cancel_running")
    assert decide([A], [newer, C]).cancelled == ("job-0",)


def test_the_newest_of_those_that_cancel_wins():
    pushing = [replace(one, on_limit="cancel_running") for one in (B, C, D)]
    assert decide([A], pushing) == Decision(cancelled=("job-0", "job-1", "job-2"))


def test_nobody_is_passed_by_one_behind_him_whose_limit_is_higher():
    assert decide([A], [B, replace(C, limit=5)]) == Decision()


def test_a_reopened_job_needs_a_free_place():
    assert may_be_reopened([A], 2)
    assert not may_be_reopened([A], 1)


def test_children_share_the_place_of_their_root():
    job = job_of(flow(a={}), concurrency=Concurrency("g"))
    assert holds_a_place(job)
    assert not holds_a_place(replace(job, root_job_id="root"))
    assert not holds_a_place(job_of(flow(a={})))


MEMBERS = st.builds(
    Member,
    st.just(""),
    st.integers(0, 30),
    st.integers(0, 2),
    st.integers(1, 3),
    st.sampled_from(["queue", "skip", "cancel_running"]),
    st.booleans(),
)


@given(st.lists(MEMBERS, max_size=8, unique_by=lambda one: one.order), st.integers(0, 8))
def test_what_was_decided_and_carried_out_is_not_decided_again(members, split):
    members = [replace(one, job_id=str(one.order)) for one in members]
    holders, waiters = members[:split], [replace(one, cancelling=False) for one in members[split:]]
    decision = decide(holders, waiters)
    named = (*decision.admitted, *decision.cancelled, *decision.skipped)
    assert len(set(named)) == len(named)
    holders, waiters = carried_out(decision, holders, waiters)
    assert decide(holders, waiters) == Decision()


def carried_out(decision, holders, waiters):
    """Waiters that are cancelled end at once, holders when their processes are gone."""
    holders = [replace(one, cancelling=one.cancelling or one.job_id in decision.cancelled) for one in holders]
    holders += [one for name in decision.admitted for one in waiters if one.job_id == name]
    gone = {*decision.admitted, *decision.cancelled, *decision.skipped}
    return holders, [one for one in waiters if one.job_id not in gone]


class AGroup(RuleBasedStateMachine):
    """Jobs come, end and are cancelled in any order. The model keeps one queue a priority and acts as told."""

    @initialize(limit=st.integers(1, 3))
    def begin(self, limit):
        self.limit = limit
        self.count = 0
        self.holders, self.waiters = [], []
        self.running, self.stopping = [], set()
        self.queues = {priority: [] for priority in range(3)}

    def settle(self):
        decision = decide(self.holders, self.waiters)
        self.holders, self.waiters = carried_out(decision, self.holders, self.waiters)

    def fill(self):
        for priority in (2, 1, 0):
            queue = self.queues[priority]
            while queue and len(self.running) < self.limit:
                self.running.append(queue.pop(0))

    @rule(priority=st.integers(0, 2), on_limit=st.sampled_from(["queue", "queue", "skip", "cancel_running"]))
    def arrive(self, priority, on_limit):
        self.count += 1
        new = member(self.count, priority=priority, limit=self.limit, on_limit=on_limit)
        self.waiters.append(new)
        self.settle()
        if len(self.running) < self.limit:
            self.running.append(self.count)
        elif on_limit == "queue":
            self.queues[priority].append(self.count)
        elif on_limit == "cancel_running":
            self.stopping.update(self.running)
            self.queues = {level: [] for level in range(3)}
            self.queues[priority].append(self.count)

    @rule(which=st.integers(0, 5))
    def end(self, which):
        """A holder's last process is gone, by itself or because it was cancelled."""
        if self.holders:
            gone = self.holders.pop(which % len(self.holders))
            self.settle()
            self.running.remove(gone.order)
            self.stopping.discard(gone.order)
            self.fill()

    @rule(which=st.integers(0, 5))
    def withdraw(self, which):
        """A person cancels a job that waits."""
        if self.waiters:
            gone = self.waiters.pop(which % len(self.waiters))
            self.settle()
            for queue in self.queues.values():
                if gone.order in queue:
                    queue.remove(gone.order)

    @rule()
    def decide_again(self):
        self.settle()

    @invariant()
    def it_is_what_the_model_says(self):
        assert [one.order for one in self.holders] == self.running
        assert {one.order for one in self.holders if one.cancelling} == self.stopping
        assert sorted(one.order for one in self.waiters) == sorted(
            order for queue in self.queues.values() for order in queue
        )

    @invariant()
    def the_limit_holds_and_no_place_is_left_free(self):
        assert len(self.holders) <= self.limit
        assert not self.waiters or len(self.holders) == self.limit


AGroup.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAGroup = AGroup.TestCase


@pytest.mark.parametrize(
    ("held", "limit", "ahead", "sentence"),
    [
        (1, 1, 0, "1 of 1 places is taken"),
        (3, 3, 1, "3 of 3 places are taken, and 1 job goes before it"),
        (2, 3, 2, "2 jobs go before it"),
        (0, 1, 0, "it begins next"),
    ],
)
def test_a_sentence_says_why_a_job_has_no_place_yet(held, limit, ahead, sentence):
    assert why_waiting(held, limit, ahead) == sentence


@given(st.lists(st.integers(0, 3), max_size=8))
def test_jobs_get_a_place_in_their_turn(priorities):
    waiting = [Member(f"{order}", order, priority, limit=99) for order, priority in enumerate(priorities)]
    assert decide([], waiting).admitted == tuple(member.job_id for member in in_turn(waiting))
