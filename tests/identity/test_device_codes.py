"""Sign-ins by a code: who gets tokens, how often, and how many may be open."""

from __future__ import annotations

import re

import pytest

from gitflow.identity.device_codes import (
    INTERVAL_S,
    LIFETIME_S,
    MAX_OPEN,
    MAX_PER_ADDRESS,
    DeviceSignIns,
    Refused,
    spelled,
)
from gitflow.identity.login_limits import TooManyAttempts

HERE = "192.0.2.7"


@pytest.fixture
def sign_ins() -> DeviceSignIns:
    return DeviceSignIns()


def refusal(sign_ins: DeviceSignIns, device_code: str, at: float) -> str:
    with pytest.raises(Refused) as refused:
        sign_ins.redeem(device_code, at)
    return refused.value.code


def test_a_code_that_a_person_approved_is_exchanged_once(sign_ins):
    device_code, begun = sign_ins.begin("gitflow", HERE, 0.0)
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", begun.user_code)
    assert refusal(sign_ins, device_code, 1.0) == "authorization_pending"
    sign_ins.decide(begun.user_code, "ann", 2.0)
    assert sign_ins.redeem(device_code, 4.0).approved_by == "ann"
    assert refusal(sign_ins, device_code, 8.0) == "expired_token"


def test_a_decision_cannot_be_changed(sign_ins):
    device_code, begun = sign_ins.begin("gitflow", HERE, 0.0)
    assert sign_ins.decide(begun.user_code, None, 1.0) is not None
    assert sign_ins.find(begun.user_code, 1.0) is None
    assert sign_ins.decide(begun.user_code, "mallory", 1.0) is None
    assert refusal(sign_ins, device_code, 4.0) == "access_denied"


def test_neither_code_stands_for_the_other(sign_ins):
    device_code, begun = sign_ins.begin("gitflow", HERE, 0.0)
    assert sign_ins.find(device_code, 1.0) is None
    sign_ins.decide(begun.user_code, "ann", 1.0)
    assert refusal(sign_ins, begun.user_code, 1.0) == "expired_token"


def test_after_ten_minutes_a_code_counts_no_more(sign_ins):
    device_code, begun = sign_ins.begin("gitflow", HERE, 0.0)
    sign_ins.decide(begun.user_code, "ann", LIFETIME_S - 1)
    assert refusal(sign_ins, device_code, LIFETIME_S) == "expired_token"
    assert sign_ins.find(begun.user_code, LIFETIME_S) is None


def test_who_asks_too_often_is_slowed_down(sign_ins):
    device_code, _ = sign_ins.begin("gitflow", HERE, 0.0)
    assert refusal(sign_ins, device_code, 1.0) == "authorization_pending"
    assert refusal(sign_ins, device_code, 1.1) == "slow_down"
    assert refusal(sign_ins, device_code, 1.1 + INTERVAL_S) == "authorization_pending"


def test_an_address_has_so_many_open_sign_ins_and_a_network_counts_as_one(sign_ins):
    for number in range(MAX_PER_ADDRESS):
        sign_ins.begin("gitflow", f"2001:db8::{number:x}", float(number))
    with pytest.raises(TooManyAttempts) as refused:
        sign_ins.begin("gitflow", "2001:db8::ffff", 20.0)
    assert refused.value.retry_after_s == LIFETIME_S - 20.0
    sign_ins.begin("gitflow", HERE, 20.0)
    sign_ins.begin("gitflow", "2001:db8::ffff", LIFETIME_S)


def test_whoever_fills_the_table_takes_no_sign_in_from_others(sign_ins):
    device_code, begun = sign_ins.begin("gitflow", HERE, 0.0)
    for number in range(MAX_OPEN - 1):
        sign_ins.begin("mallory", f"198.51.{number >> 8}.{number & 255}", 1.0)
    with pytest.raises(TooManyAttempts):
        sign_ins.begin("mallory", "203.0.113.1", 2.0)
    sign_ins.decide(begun.user_code, "ann", 3.0)
    assert sign_ins.redeem(device_code, 3.0).approved_by == "ann"


@pytest.mark.parametrize("typed", ["WDJB-MJHT", "wdjbmjht", " wdjb mjht ", "W D J B - M J H T"])
def test_a_code_is_found_however_it_is_typed(typed):
    assert spelled(typed) == "WDJB-MJHT"
