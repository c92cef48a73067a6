"""What may become of accounts, sessions and keys; every change stands in the audit trail."""

from __future__ import annotations

import pytest

from gitflow.core.errors import Conflict, InvalidInput, NotFound
from gitflow.core.identity import Device, User
from gitflow.core.record import replace
from gitflow.identity.oidc import ProviderIdentity
from gitflow.identity.permissions import Permissions
from gitflow.identity.tokens import REFRESH_S, Unauthorized
from gitflow.runtime.operations import accounts
from gitflow.runtime.operations.accounts import Actor, KeySpec
from gitflow.stores.protocols.identity import AuditFilter
from gitflow.stores.registry import open_stores

SECRET = "s" * 32
ME = Actor("root@x.org", "192.0.2.7")
HERE = Device("192.0.2.7", "a" * 64)
ANN = User("u1", "Ann@X.org", " Ann ", 0.0, "$hash")
VOUCHED = ProviderIdentity("sso", "s-1", "ann@x.org", True, "Ann", ("ops",))


@pytest.fixture
def store(tmp_path):
    with open_stores(str(tmp_path), "sqlite:///:memory:") as stores:
        yield stores.identity


def trail(store):
    return [
        (event.what, event.actor, event.address, event.outcome) for _, event in reversed(store.audit(AuditFilter()))
    ]


@pytest.fixture
def ann(store):
    return accounts.create_user(store, ANN, 1.0, ME)


def test_an_account_is_kept_by_its_email_in_lower_case(store, ann):
    assert (ann.email, ann.name, ann.created_at) == ("ann@x.org", "Ann", 1.0)
    assert trail(store) == [("user.created", "root@x.org", "192.0.2.7", "done")]


@pytest.mark.parametrize("email", ["", "ann", "a b@x.org", "a@", "a\n@x.org", "x" * 250 + "@x.org"])
def test_what_is_no_email_makes_no_account(store, email):
    with pytest.raises(InvalidInput, match="not an email address"):
        accounts.create_user(store, replace(ANN, email=email), 1.0, ME)
    assert store.users() == []


def test_a_session_begins_with_a_token_that_identifies_its_user(store, ann):
    session = accounts.sign_in(store, ann, SECRET, 10.0, ME)
    who = accounts.identify(store, session.access_token, SECRET, 11.0)
    assert (who.kind, who.actor, who.user_id) == ("user", "ann@x.org", "u1")
    assert store.user("u1").last_login_at == 10.0


def test_each_refresh_token_counts_once_and_its_reuse_ends_the_family(store, ann):
    first = accounts.sign_in(store, ann, SECRET, 10.0, ME)
    second = accounts.refresh(store, first.refresh_token, SECRET, 20.0, HERE)
    other = accounts.sign_in(store, ann, SECRET, 21.0, ME)
    assert second is not None
    assert accounts.refresh(store, first.refresh_token, SECRET, 31.0, Device("198.51.100.1")) is None
    assert accounts.refresh(store, second.refresh_token, SECRET, 31.0, HERE) is None
    assert accounts.refresh(store, other.refresh_token, SECRET, 32.0, HERE) is not None
    assert trail(store)[-1] == ("session.reused", "ann@x.org", "198.51.100.1", "refused")


@pytest.fixture
def traded(store, ann):
    """A refresh token that was traded at 20.0 from HERE, and the pair it yielded."""
    first = accounts.sign_in(store, ann, SECRET, 10.0, ME)
    return first.refresh_token, accounts.refresh(store, first.refresh_token, SECRET, 20.0, HERE)


def test_a_second_tab_may_trade_the_same_refresh_token_once(store, traded):
    old, one = traded
    other = accounts.refresh(store, old, SECRET, 30.0, HERE)
    assert other is not None
    assert other.refresh_token != one.refresh_token
    for session in (one, other):
        again = accounts.refresh(store, session.refresh_token, SECRET, 40.0, HERE)
        assert accounts.identify(store, again.access_token, SECRET, 41.0).user_id == "u1"
    assert [what for what, *_ in trail(store)] == ["user.created", "login.succeeded"]


@pytest.mark.parametrize(
    ("at", "device"),
    [
        (30.1, HERE),
        (19.0, HERE),
        (21.0, Device("192.0.2.8", "a" * 64)),
        (21.0, Device("192.0.2.7", "b" * 64)),
        (21.0, Device(None, None)),
    ],
)
def test_another_device_or_a_late_tab_ends_the_session(store, traded, at, device):
    old, one = traded
    assert accounts.refresh(store, old, SECRET, at, device) is None
    assert accounts.refresh(store, one.refresh_token, SECRET, at, HERE) is None
    assert trail(store)[-1][0] == "session.reused"


def test_a_third_tab_ends_the_session_with_all_that_it_yielded(store, traded):
    old, one = traded
    other = accounts.refresh(store, old, SECRET, 21.0, HERE)
    assert accounts.refresh(store, old, SECRET, 22.0, HERE) is None
    for session in (one, other):
        assert accounts.refresh(store, session.refresh_token, SECRET, 23.0, HERE) is None


NEXT, OTHER = "gfr_" + "n" * 43, "gfr_" + "o" * 43


def test_who_made_the_next_token_may_ask_for_it_again_until_it_was_used(store, ann):
    """A client that was killed before it read the answer asks again, however much later and from wherever."""
    first = accounts.sign_in(store, ann, SECRET, 10.0, ME).refresh_token
    there = Device("198.51.100.1")
    for at in (20.0, 20.5, 90_000.0):
        pair = accounts.refresh(store, first, SECRET, at, there, NEXT)
        assert pair.refresh_token == NEXT
        assert accounts.identify(store, pair.access_token, SECRET, at).user_id == "u1"
    assert accounts.refresh(store, NEXT, SECRET, 90_001.0, HERE, OTHER).refresh_token == OTHER
    assert accounts.refresh(store, first, SECRET, 90_002.0, HERE, NEXT) is None
    assert accounts.refresh(store, OTHER, SECRET, 90_003.0, HERE) is not None


def test_a_thief_with_the_old_token_alone_ends_the_session(store, ann):
    first = accounts.sign_in(store, ann, SECRET, 10.0, ME).refresh_token
    accounts.refresh(store, first, SECRET, 20.0, HERE, NEXT)
    assert accounts.refresh(store, first, SECRET, 40.0, Device("198.51.100.1"), OTHER) is None
    assert accounts.refresh(store, NEXT, SECRET, 41.0, HERE) is None
    assert trail(store)[-1][0] == "session.reused"


def test_a_next_token_that_exists_is_not_issued_to_anybody_else(store, ann):
    mine = accounts.sign_in(store, ann, SECRET, 10.0, ME).refresh_token
    others = accounts.sign_in(store, ann, SECRET, 11.0, ME).refresh_token
    for taken in (others, mine):
        assert accounts.refresh(store, mine, SECRET, 20.0, HERE, taken) is None
    assert accounts.refresh(store, mine, SECRET, 21.0, HERE) is not None


def test_a_refresh_token_counts_for_thirty_days(store, ann):
    first = accounts.sign_in(store, ann, SECRET, 10.0, ME)
    assert accounts.refresh(store, first.refresh_token, SECRET, 10.0 + REFRESH_S, HERE) is None
    assert accounts.refresh(store, first.refresh_token, SECRET, 9.0 + REFRESH_S, HERE) is not None
    assert accounts.refresh(store, "gfr_nonsense", SECRET, 11.0, HERE) is None


def test_signing_out_ends_the_family_and_may_be_said_twice(store, ann):
    session = accounts.sign_in(store, ann, SECRET, 10.0, ME)
    accounts.sign_out(store, session.refresh_token, 11.0)
    accounts.sign_out(store, session.refresh_token, 12.0)
    assert accounts.refresh(store, session.refresh_token, SECRET, 13.0, HERE) is None


def test_a_disabled_user_is_out_at_once(store, ann):
    accounts.create_user(store, replace(ANN, user_id="u2", email="root@x.org", is_admin=True), 1.0, ME)
    session = accounts.sign_in(store, ann, SECRET, 10.0, ME)
    _, text = accounts.create_key(store, KeySpec("ci", "u1"), "k1", 10.0, ME)
    accounts.set_disabled(store, "u1", True, 11.0, ME)
    for credential in (session.access_token, text):
        with pytest.raises(Unauthorized):
            accounts.identify(store, credential, SECRET, 12.0)
    with pytest.raises(Unauthorized):
        accounts.sign_in(store, ann, SECRET, 12.0, ME)
    assert accounts.refresh(store, session.refresh_token, SECRET, 12.0, HERE) is None
    accounts.set_disabled(store, "u1", False, 13.0, ME)
    assert accounts.identify(store, text, SECRET, 14.0).user_id == "u1"


def test_the_only_administrator_cannot_be_disabled(store):
    accounts.create_user(store, replace(ANN, is_admin=True), 1.0, ME)
    with pytest.raises(Conflict, match="only administrator"):
        accounts.set_disabled(store, "u1", True, 2.0, ME)


def test_a_new_password_ends_every_session(store, ann):
    session = accounts.sign_in(store, ann, SECRET, 10.0, ME)
    accounts.set_password(store, "u1", "$other", 11.0, ME)
    assert accounts.refresh(store, session.refresh_token, SECRET, 12.0, HERE) is None
    assert store.user("u1").password_hash == "$other"


def test_a_provider_makes_an_account_once_and_keeps_its_groups(store):
    made = accounts.account_of(store, VOUCHED, "u1", 1.0, ME)
    again = accounts.account_of(store, replace(VOUCHED, email="new@x.org", groups=("dev",)), "u2", 2.0, ME)
    assert made.auth_methods == ("sso",)
    assert again == replace(made, groups=("dev",))
    assert store.users() == [again]


def test_a_verified_email_leads_to_the_account_that_has_it(store, ann):
    assert accounts.account_of(store, VOUCHED, "u2", 2.0, ME).user_id == "u1"
    assert store.user("u1").auth_methods == ("internal", "sso")


@pytest.mark.parametrize("vouched", [replace(VOUCHED, email_is_verified=False), replace(VOUCHED, email=None)])
def test_an_unverified_email_leads_nowhere(store, ann, vouched):
    with pytest.raises(Unauthorized, match="does not vouch"):
        accounts.account_of(store, vouched, "u2", 2.0, ME)
    assert store.user("u1") == ann


def test_a_key_acts_for_its_user_within_its_scopes(store, ann):
    accounts.create_user(store, replace(ANN, user_id="u2", email="root@x.org", is_admin=True), 1.0, ME)
    _, text = accounts.create_key(store, KeySpec("ro", "u2", ("workflows:read",), "w"), "k1", 2.0, ME)
    who = accounts.identify(store, text, SECRET, 3.0)
    assert (who.kind, who.actor, who.key_name) == ("api_key", "root@x.org", "ro")
    assert Permissions().level(who, "w", "t") == "view"
    assert not Permissions().may_administer(who)


def test_a_key_without_a_user_is_known_by_its_name(store):
    _, text = accounts.create_key(store, KeySpec("ci", scopes=("admin",)), "k1", 2.0, ME)
    who = accounts.identify(store, text, SECRET, 3.0)
    assert (who.actor, who.is_admin) == ("key:ci", True)
    assert Permissions().may_administer(who)


def test_a_key_ends_when_it_expires_or_is_revoked(store):
    _, text = accounts.create_key(store, KeySpec("ci", expires_at=10.0), "k1", 2.0, ME)
    assert accounts.identify(store, text, SECRET, 9.0)
    with pytest.raises(Unauthorized):
        accounts.identify(store, text, SECRET, 10.0)
    _, other = accounts.create_key(store, KeySpec("cd"), "k2", 2.0, ME)
    accounts.revoke_key(store, "cd", 3.0, ME)
    accounts.revoke_key(store, "k2", 4.0, ME)
    with pytest.raises(Unauthorized):
        accounts.identify(store, other, SECRET, 5.0)
    assert [what for what, *_ in trail(store)] == ["key.created", "key.created", "key.revoked"]


def test_only_ones_own_keys_are_there_to_revoke(store, ann):
    accounts.create_key(store, KeySpec("ci"), "k1", 2.0, ME)
    with pytest.raises(NotFound):
        accounts.revoke_key(store, "ci", 3.0, ME, of_user="u1")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (KeySpec(""), "name"),
        (KeySpec("a b"), "name"),
        (KeySpec("ci", scopes=("everything",)), "scopes"),
        (KeySpec("ci", expires_at=1.0), "expires_at"),
    ],
)
def test_a_wrong_key_is_not_made(store, wanted, field):
    with pytest.raises(InvalidInput) as refused:
        accounts.create_key(store, wanted, "k1", 2.0, ME)
    assert [name for name, _ in refused.value.details] == [field]
    assert store.keys() == []


def test_no_text_of_a_key_or_token_is_stored(store, ann):
    session = accounts.sign_in(store, ann, SECRET, 10.0, ME)
    key, text = accounts.create_key(store, KeySpec("ci"), "k1", 2.0, ME)
    image = store._driver.connection.serialize()
    assert key.digest.encode() in image
    assert text.encode() not in image
    assert session.refresh_token.encode() not in image


def test_the_first_user_is_made_once(store):
    assert accounts.first_user(store, ANN, 1.0)
    assert store.user("u1").is_admin
    assert not accounts.first_user(store, replace(ANN, user_id="u2", email="b@x.org"), 2.0)
    assert len(store.users()) == 1


def keys_of_keys(store, *users):
    """A key for each user (None: for itself), each made with the one before; their texts."""
    parent, texts = None, []
    for number, user_id in enumerate(users, 1):
        wanted = KeySpec(f"key-{number}", user_id, expires_at=100.0 if number == 1 else None, parent_key_id=parent)
        key, text = accounts.create_key(store, wanted, f"k{number}", 2.0, ME)
        parent = key.key_id
        texts.append(text)
    return texts


def counts(store, text, at):
    try:
        return accounts.identify(store, text, SECRET, at) is not None
    except Unauthorized:
        return False


def test_a_key_that_a_key_made_expires_with_it(store):
    texts = keys_of_keys(store, None, None, None)
    assert [store.key(f"k{number}").expires_at for number in (1, 2, 3)] == [100.0] * 3
    assert [counts(store, text, 99.0) for text in texts] == [True, True, True]
    assert [counts(store, text, 100.0) for text in texts] == [False, False, False]
    with pytest.raises(InvalidInput, match="must not be after 1970-01-01T00:01:40Z"):
        accounts.create_key(store, KeySpec("late", expires_at=101.0, parent_key_id="k3"), "k4", 3.0, ME)


def test_revoking_a_key_revokes_what_it_made_and_nothing_else(store):
    texts = keys_of_keys(store, None, None, None)
    _, other = accounts.create_key(store, KeySpec("other"), "other", 2.0, ME)
    accounts.revoke_key(store, "k2", 5.0, ME)
    assert [counts(store, text, 6.0) for text in (*texts, other)] == [True, False, False, True]
    revoked = [event.details for _, event in store.audit(AuditFilter(what="key.revoked"))]
    assert revoked == [{"name": "key-3", "because_of": "key-2"}, {"name": "key-2"}]


def test_a_key_that_has_ended_makes_no_other(store):
    """The request was admitted when it still counted."""
    keys_of_keys(store, None, None)
    accounts.revoke_key(store, "k1", 5.0, ME)
    for parent in ("k1", "k2"):
        with pytest.raises(Unauthorized):
            accounts.create_key(store, KeySpec("heir", parent_key_id=parent), "k9", 5.0, ME)


def test_a_key_that_stands_for_itself_ends_with_the_user_whose_key_made_it(store, ann):
    texts = keys_of_keys(store, "u1", None)
    accounts.set_disabled(store, "u1", True, 3.0, ME)
    assert [counts(store, text, 4.0) for text in texts] == [False, False]
    accounts.set_disabled(store, "u1", False, 5.0, ME)
    assert [counts(store, text, 6.0) for text in texts] == [True, True]


def test_the_audit_names_the_key_that_was_used(store):
    keys_of_keys(store, None)
    accounts.revoke_key(store, "k1", 3.0, Actor("root@x.org", "192.0.2.7", "ci"))
    (_, event), *_ = store.audit(AuditFilter(api_key="ci"))
    assert (event.what, event.actor, event.api_key) == ("key.revoked", "root@x.org", "ci")
    assert len(store.audit(AuditFilter())) == 2


def test_a_key_named_like_the_id_of_another_is_not_revoked_in_its_place(store):
    accounts.create_key(store, KeySpec("k2"), "k1", 2.0, ME)
    accounts.create_key(store, KeySpec("a"), "k2", 2.0, ME)
    assert accounts.revoke_key(store, "k2", 3.0, ME).name == "a"
