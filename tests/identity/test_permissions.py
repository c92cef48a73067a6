"""The most specific rule that fits decides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.identity import LEVELS, OPEN, Identity, Rule
from gitflow.core.record import replace
from gitflow.identity.permissions import Permissions, has_scope

ANN = Identity("ann@x.org", "user", "u1", "ann@x.org", "Ann", ("ops",))
BEN = Identity("ben@x.org", "user", "u2", "ben@x.org", "Ben", ("dev", "ops"))
ROOT = Identity("root@x.org", "user", "u0", "root@x.org", "Root", is_admin=True)
NOBODY = Identity("anonymous", "anonymous")
CI = Identity("key:ci", "api_key", key_id="k1", key_name="ci", scopes=frozenset({"workflows:trigger"}))

CASES = [
    # rules, who, workspace, task, folder, level
    ((), ANN, "w", "t", "", "run"),
    ((), ROOT, "w", "t", "", "admin"),
    ((), NOBODY, "w", "t", "", "deny"),
    ((Rule("view", "other"),), ANN, "w", "t", "", "deny"),
    ((Rule("view"),), ANN, "w", "t", "", "view"),
    ((Rule("view"), Rule("run", groups=("ops",))), ANN, "w", "t", "", "run"),
    ((Rule("run", groups=("ops",)), Rule("deny", users=("ann@x.org",))), ANN, "w", "t", "", "deny"),
    ((Rule("run", groups=("ops",)), Rule("deny", users=("ann@x.org",))), BEN, "w", "t", "", "run"),
    ((Rule("run", groups=("ops",)), Rule("deny", groups=("dev",))), BEN, "w", "t", "", "deny"),
    ((Rule("deny", "*"), Rule("run", "w")), ANN, "w", "t", "", "run"),
    ((Rule("run", tasks=("ops/*",)), Rule("view")), ANN, "w", "deploy", "ops", "run"),
    ((Rule("run", tasks=("ops/*",)), Rule("view")), ANN, "w", "deploy", "ops/eu", "view"),
    ((Rule("run", tasks=("ops/**",)), Rule("view")), ANN, "w", "deploy", "ops/eu", "run"),
    ((Rule("run", tasks=("ops/*",)), Rule("deny", tasks=("ops/deploy",))), ANN, "w", "deploy", "ops", "deny"),
    ((Rule("run", tasks=("ops/dep*",)), Rule("deny", tasks=("ops/*",))), ANN, "w", "deploy", "ops", "run"),
    (
        (Rule("admin", tasks=("ops/deploy",)), Rule("deny", "w", users=("ann@x.org",))),
        ANN,
        "w",
        "deploy",
        "ops",
        "admin",
    ),
    ((Rule("deny"),), ROOT, "w", "t", "", "admin"),
    ((Rule("admin", api_keys=("ci",)),), CI, "w", "t", "", "run"),
    ((Rule("view", api_keys=("ci",)),), CI, "w", "t", "", "view"),
    ((Rule("run", tasks=("t[12]",)),), ANN, "w", "t2", "", "run"),
    ((Rule("run", tasks=("t[!12]",)),), ANN, "w", "t2", "", "deny"),
    ((Rule("run", tasks=("t?",)),), ANN, "w", "t", "", "deny"),
    ((Rule("run", tasks=("t.x",)),), ANN, "w", "tyx", "", "deny"),
    ((Rule("run", tasks=("**/t",)),), ANN, "w", "t", "", "deny"),
    ((Rule("run", tasks=("**/t",)),), ANN, "w", "t", "a/b", "run"),
    ((Rule("run", tasks=("t[z-a]",)),), ANN, "w", "tb", "", "deny"),
]


@pytest.mark.parametrize(("rules", "who", "workspace", "task", "folder", "level"), CASES)
def test_the_most_specific_rule_decides(rules, who, workspace, task, folder, level):
    assert Permissions(rules).level(who, workspace, task, folder) == level


def test_a_key_for_one_workspace_is_denied_in_others():
    key = Identity("key:ci", "api_key", key_name="ci", workspace="w")
    assert Permissions().level(key, "w", "t") == "run"
    assert Permissions().level(key, "other", "t") == "deny"
    assert not Permissions().may_see_workspace(key, "other")


def test_a_key_for_one_workspace_administers_no_server():
    assert Permissions().may_administer(ROOT)
    assert not Permissions().may_administer(Identity("r", "api_key", is_admin=True, workspace="w"))
    assert not Permissions().may_administer(
        Identity("r", "api_key", is_admin=True, scopes=frozenset({"workflows:write"}))
    )


@pytest.mark.parametrize(
    ("rules", "level"),
    [
        ((Rule("view"), Rule("admin", api_keys=("ci",))), "view"),
        ((Rule("run", "other"), Rule("run", "w", api_keys=("ci",))), "deny"),
        ((Rule("run"), Rule("view", api_keys=("ci",))), "view"),
        ((Rule("run"), Rule("deny", api_keys=("ci",))), "deny"),
        ((Rule("run", api_keys=("other",)), Rule("run", users=("ann@x.org",))), "run"),
    ],
)
def test_a_rule_that_names_a_users_key_adds_nothing_to_what_the_user_may(rules, level):
    """Users choose the names of their keys."""
    key = replace(ANN, kind="api_key", key_id="k1", key_name="ci")
    assert Permissions(rules).level(key, "w", "t") == level


def test_a_rule_that_names_a_users_key_shows_no_workspace_that_the_user_may_not_see():
    key = replace(ANN, kind="api_key", key_id="k1", key_name="ci")
    permissions = Permissions((Rule("run", "other"), Rule("run", "w", api_keys=("ci",))))
    assert not permissions.may_see_workspace(key, "w")
    assert permissions.may_see_workspace(key, "other")


def test_the_open_server_lets_everybody_do_everything():
    assert Permissions((Rule("deny"),)).level(OPEN, "w", "t") == "admin"


@pytest.mark.parametrize(
    ("anonymous", "rules", "level"),
    [
        ("none", (), "deny"),
        ("view", (), "view"),
        ("run", (), "run"),
        ("run", (Rule("view"),), "view"),
        ("view", (Rule("admin"),), "view"),
        ("view", (Rule("deny", tasks=("t",)),), "deny"),
        ("view", (Rule("admin", groups=("ops",)),), "view"),
    ],
)
def test_rules_for_everybody_only_take_away_from_what_anonymous_may(anonymous, rules, level):
    assert Permissions(rules, anonymous).level(NOBODY, "w", "t") == level


def test_a_stranger_sees_the_workspace_of_a_task_that_everybody_may_see():
    rules = (Rule("deny"), Rule("view", "w", tasks=("a",)), Rule("view", "v", groups=("ops",)))
    permissions = Permissions(rules, "view")
    assert permissions.level(NOBODY, "w", "a") == "view"
    assert permissions.may_see_workspace(NOBODY, "w")
    assert not permissions.may_see_workspace(NOBODY, "v")
    assert not Permissions(rules, "none").may_see_workspace(NOBODY, "w")


def test_a_workspace_shows_to_whom_some_rule_lets_see_something_in_it():
    permissions = Permissions((Rule("view", "w", tasks=("a",), groups=("ops",)), Rule("deny", "v")))
    assert permissions.may_see_workspace(ANN, "w")
    assert not permissions.may_see_workspace(ANN, "v")
    assert not permissions.may_see_workspace(NOBODY, "w")


def test_who_sees_a_whole_workspace_is_denied_none_of_its_tasks():
    rules = (Rule("view", groups=("ops",)), Rule("deny", "w", tasks=("secret",), groups=("dev",)))
    permissions = Permissions(rules)
    assert permissions.sees_whole(ANN, "w")
    assert not permissions.sees_whole(BEN, "w")
    assert permissions.sees_whole(BEN, "v")
    assert permissions.sees_whole(ROOT, "w")
    assert not Permissions((Rule("view", tasks=("*",)),)).sees_whole(ANN, "w")


def test_scopes_limit_and_admin_has_all():
    assert has_scope(ANN, "workflows:write")
    assert has_scope(CI, "workflows:trigger")
    assert not has_scope(CI, "workflows:write")
    assert has_scope(Identity("k", "api_key", scopes=frozenset({"admin"})), "workflows:write")


NAMES = st.sampled_from(["a", "b", "ops/a", "ops/eu/a"])
GLOBS = st.lists(st.sampled_from(["a", "*", "**", "ops/*", "ops/**", "o[pq]s/a", "?"]), max_size=2).map(tuple)
RULES = st.lists(
    st.builds(
        Rule,
        st.sampled_from(LEVELS),
        st.sampled_from(["*", "w", "v"]),
        GLOBS,
        st.sampled_from([(), ("ops",), ("dev",)]),
        st.sampled_from([(), ("ann@x.org",)]),
        st.sampled_from([(), ("ci",)]),
    ),
    max_size=5,
).map(tuple)
PEOPLE = st.sampled_from([ANN, BEN, CI, NOBODY])
RANK = {level: rank for rank, level in enumerate(LEVELS)}


@given(RULES, PEOPLE, NAMES, st.randoms())
def test_the_order_of_rules_does_not_matter(rules, who, path, random):
    shuffled = list(rules)
    random.shuffle(shuffled)
    folder, _, task = path.rpartition("/")
    assert Permissions(rules).level(who, "w", task, folder) == Permissions(shuffled).level(who, "w", task, folder)


@given(RULES, PEOPLE, NAMES)
def test_whoever_may_do_something_to_a_task_sees_its_workspace(rules, who, path):
    folder, _, task = path.rpartition("/")
    permissions = Permissions(rules, "view")
    if permissions.allows(who, "view", "w", task, folder):
        assert permissions.may_see_workspace(who, "w")


@given(RULES, PEOPLE, NAMES)
def test_nothing_is_kept_from_who_sees_the_whole_workspace(rules, who, path):
    folder, _, task = path.rpartition("/")
    permissions = Permissions(rules, "view")
    if permissions.sees_whole(who, "w"):
        assert permissions.allows(who, "view", "w", task, folder)


@given(RULES, NAMES, st.sampled_from(["none", "view", "run"]))
def test_rules_never_give_anonymous_more(rules, path, anonymous):
    folder, _, task = path.rpartition("/")
    least = RANK["deny" if anonymous == "none" else anonymous]
    assert RANK[Permissions(rules, anonymous).level(NOBODY, "w", task, folder)] <= least


@given(st.text(max_size=12), st.text(max_size=8))
def test_any_text_may_stand_as_a_glob(glob, path):
    Permissions((Rule("view", tasks=(glob,)),)).level(ANN, "w", path)
