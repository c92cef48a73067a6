"""How an agent without its server tries to reach it again."""

import pytest

from gitflow.agent.watchdog import FIRST_PAUSE_S, MAX_PAUSE_S, next_pause


def pauses(lease_s):
    found = [FIRST_PAUSE_S]
    for _ in range(20):
        found.append(next_pause(found[-1], lease_s))
    return found


@pytest.mark.parametrize("lease_s", [1.0, 3.0, 12.0, 60.0])
def test_an_agent_is_back_well_within_the_lease_however_long_its_server_was_away(lease_s):
    """A server that has started again gives an agent one lease to come back; then its steps are lost."""
    assert max(pauses(lease_s)) <= lease_s / 4


def test_pauses_grow_up_to_five_seconds():
    assert pauses(60.0)[:4] == [0.1, 0.2, 0.4, 0.8]
    assert pauses(60.0)[-1] == MAX_PAUSE_S == 5.0
