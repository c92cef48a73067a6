"""Accounts, keys, sessions and the audit trail, in every kind of store."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitflow.core.errors import Conflict, NotFound
from gitflow.core.identity import ApiKey, AuditEvent, Device, RefreshToken, User
from gitflow.core.record import replace
from gitflow.stores.protocols.identity import AuditFilter

ANN = User("u1", "ann@x.org", "Ann", 1.0, "$hash", True, ("ops", "é"), (("sso", "s-1"),), None, 5.0)
BEN = User("u2", "ben@x.org", "Ben", 2.0)
KEY = ApiKey("k1", "ci", "a" * 64, "gfk_abc", 3.0, None, "ann@x.org", ("workflows:read",), "w", 99.0)


@pytest.fixture
def store(stores):
    return stores.identity


def test_an_account_comes_back_as_it_was_put(store):
    store.add_user(ANN)
    store.add_user(BEN)
    assert store.user("u1") == ANN
    assert store.user_by_email("ANN@x.org") == ANN
    assert store.user_by_login("sso", "s-1") == ANN
    assert store.users() == [ANN, BEN]
    assert store.users(1, 1) == [BEN]


def test_who_is_not_there_is_not_found(store):
    with pytest.raises(NotFound):
        store.user("u9")
    with pytest.raises(NotFound):
        store.save_user(BEN)
    assert store.user_by_email("nobody@x.org") is None
    assert store.user_by_login("sso", "x") is None


def test_an_email_belongs_to_one_account(store):
    store.add_user(ANN)
    store.add_user(BEN)
    with pytest.raises(Conflict, match=r"an account for ann@x\.org already"):
        store.add_user(replace(BEN, user_id="u3", email="ann@x.org"))
    with pytest.raises(Conflict):
        store.save_user(replace(BEN, email="ann@x.org"))


def test_a_change_keeps_id_and_creation_and_adds_logins(store):
    store.add_user(ANN)
    store.save_user(replace(ANN, name="Anna", created_at=7.0, logins=(("other", "2"),), disabled_at=8.0))
    changed = store.user("u1")
    assert changed == replace(ANN, name="Anna", logins=(("other", "2"), ("sso", "s-1")), disabled_at=8.0)


def test_the_last_administrator_is_known_as_such(store):
    assert not store.has_users()
    store.add_user(ANN)
    assert store.has_users()
    assert not store.has_other_admins("u1")
    store.add_user(replace(BEN, is_admin=True, disabled_at=1.0))
    assert not store.has_other_admins("u1")
    store.save_user(replace(BEN, is_admin=True))
    assert store.has_other_admins("u1")


def test_administrators_are_those_whose_accounts_are_not_disabled(store):
    store.add_user(replace(ANN, is_admin=True))
    store.add_user(replace(BEN, is_admin=True, disabled_at=1.0))
    assert [user.user_id for user in store.administrators(5)] == ["u1"]
    store.save_user(replace(BEN, is_admin=True))
    assert len(store.administrators(5)) == 2
    assert len(store.administrators(1)) == 1


def test_a_key_comes_back_and_is_revoked_once(store):
    store.add_key(KEY)
    assert store.key("k1") == store.key("ci") == store.key_by_digest("a" * 64) == KEY
    store.use_key("k1", 10.0)
    store.revoke_key("k1", 20.0)
    store.revoke_key("k1", 30.0)
    assert store.keys() == [replace(KEY, last_used_at=10.0, revoked_at=20.0)]
    assert store.keys("u1") == []
    with pytest.raises(Conflict, match="named 'ci'"):
        store.add_key(replace(KEY, key_id="k2", digest="b" * 64))
    with pytest.raises(NotFound):
        store.key("k9")


def test_a_refresh_token_is_used_once_and_its_family_ends_together(store):
    store.add_user(ANN)
    one = RefreshToken("1" * 64, "f", "u1", 1.0, 100.0)
    for token in (one, replace(one, digest="2" * 64), replace(one, digest="3" * 64, family="g")):
        store.add_refresh_token(token)
    assert store.refresh_token("1" * 64) == one
    here = Device("192.0.2.1", "a" * 64)
    assert not store.use_refresh_token_again("1" * 64, 4.0)
    assert store.use_refresh_token("1" * 64, 5.0, here)
    assert not store.use_refresh_token("1" * 64, 6.0, Device())
    assert store.refresh_token("1" * 64) == replace(one, used_at=5.0, used_by=here)
    assert store.use_refresh_token_again("1" * 64, 7.0)
    assert not store.use_refresh_token_again("1" * 64, 8.0)
    assert store.refresh_token("1" * 64) == replace(one, used_at=5.0, used_by=here, sibling_at=7.0)
    store.revoke_family("f")
    assert store.refresh_token("2" * 64) is None
    assert store.refresh_token("3" * 64) is not None
    assert store.forget_refresh_tokens(100.0, 10) == 1


def test_the_audit_trail_is_read_newest_first_and_filtered(store):
    for number, what in enumerate(["login.failed", "login.succeeded", "job.cancel"]):
        store.add_audit(
            AuditEvent(float(number), "ann", what, "192.0.2.1", "w", f"s{number}", "done", {"n": str(number)})
        )
    store.add_audit(AuditEvent(9.0, "ben", "job.cancel", outcome="refused"))
    assert [event.at for _, event in store.audit(AuditFilter())] == [9.0, 2.0, 1.0, 0.0]
    assert [event.at for _, event in store.audit(AuditFilter(what="login."))] == [1.0, 0.0]
    assert [event.at for _, event in store.audit(AuditFilter(what="job.cancel", actor="ben"))] == [9.0]
    (number, event), *rest = store.audit(AuditFilter(subject="s1", workspace="w", after=0.5))
    assert event == AuditEvent(1.0, "ann", "login.succeeded", "192.0.2.1", "w", "s1", "done", {"n": "1"})
    assert rest == []
    assert [found.at for _, found in store.audit(AuditFilter(before_id=number), 1)] == [0.0]
    assert store.forget_audit(2.0, 1) == 1
    assert store.forget_audit(2.0, 10) == 1
    assert len(store.audit(AuditFilter())) == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    st.text(max_size=20), st.lists(st.text(max_size=5), max_size=3), st.dictionaries(st.text(), st.text(), max_size=3)
)
def test_any_text_survives(store, name, groups, details):
    with store.joined():
        user_id = f"u{len(store.users(500))}"
        user = User(user_id, f"{user_id}@x.org", name.encode("utf-8", "replace").decode(), 1.0, groups=tuple(groups))
        store.add_user(user)
    assert store.user(user_id) == user
    store.add_audit(AuditEvent(1.0, user.name, "x", details=details))
    assert store.audit(AuditFilter(), 1)[0][1].details == details
