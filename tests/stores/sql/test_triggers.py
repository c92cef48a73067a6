"""What the store keeps of triggers, and what it lets happen only once."""

from __future__ import annotations

import pytest

from gitflow.core.errors import Conflict
from gitflow.stores.protocols.triggers import TriggerEvent, TriggerState
from gitflow.stores.registry import open_stores


@pytest.fixture
def stores(tmp_path):
    with open_stores(str(tmp_path), synchronous="normal") as opened:
        yield opened


def test_a_state_comes_back_as_it_was_put(stores):
    state = TriggerState("w", "t", "0 2 * * *|UTC", 1.5, "abc", 2.5, 3.5, "ada")
    stores.triggers.put_states([state, TriggerState("w", "u")])
    assert stores.triggers.state("w", "t") == state
    assert stores.triggers.states("w") == {"t": state, "u": TriggerState("w", "u")}
    assert stores.triggers.state("w", "unknown") == TriggerState("w", "unknown")
    assert stores.triggers.states("other") == {}


def test_a_key_happens_once_a_trigger(stores):
    stores.triggers.add_event(TriggerEvent("w", "t", 1.0, "fired", "tick:60", 60.0, "job-1"))
    with pytest.raises(Conflict, match="already"):
        stores.triggers.add_event(TriggerEvent("w", "t", 2.0, "skipped", "tick:60"))
    stores.triggers.add_event(TriggerEvent("w", "u", 2.0, "fired", "tick:60"))
    stores.triggers.add_event(TriggerEvent("v", "t", 2.0, "fired", "tick:60"))
    found = stores.triggers.event("w", "t", "tick:60")
    assert (found.what, found.job_id, found.due_at) == ("fired", "job-1", 60.0)
    assert stores.triggers.event("w", "t", "tick:61") is None


def test_what_has_no_key_may_happen_again(stores):
    for at in (1.0, 2.0):
        stores.triggers.add_event(TriggerEvent("w", "t", at, "fired", actor="ada"))
    assert [event.at for event in stores.triggers.events("w", "t")] == [2.0, 1.0]


def test_events_are_paged_newest_first_and_dropped_by_age(stores):
    for at in range(5):
        stores.triggers.add_event(TriggerEvent("w", "t", float(at), "fired", f"tick:{at}"))
    first = stores.triggers.events("w", "t", 2)
    assert [event.at for event in first] == [4.0, 3.0]
    assert [event.at for event in stores.triggers.events("w", "t", 2, first[-1].id)] == [2.0, 1.0]
    assert stores.triggers.drop_before(3.0) == 3
    assert [event.at for event in stores.triggers.events("w", "t")] == [4.0, 3.0]
