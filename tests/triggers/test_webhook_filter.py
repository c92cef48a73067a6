"""Which event and branch a request is about, as each code host writes it; whatever it holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.language.definition import Trigger
from gitflow.triggers.webhook_filter import branch_of, event_of, why_not


@pytest.mark.parametrize(
    ("body", "branch"),
    [
        ({"ref": "refs/heads/main"}, "main"),
        ({"ref": "refs/heads/release/1", "pull_request": {"base": {"ref": "main"}}}, "release/1"),
        ({"ref": "refs/tags/v1"}, None),
        ({"action": "opened", "pull_request": {"base": {"ref": "main"}, "head": {"ref": "mine"}}}, "main"),
        ({"object_kind": "merge_request", "object_attributes": {"target_branch": "main"}}, "main"),
        ({"workflow_run": {"head_branch": "main"}}, "main"),
        ({"push": {"changes": [{"new": {"type": "branch", "name": "main"}}]}}, "main"),
        ({"push": {"changes": []}}, None),
        ({"pull_request": {"base": {"ref": 7}}}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_branch_of_a_body(body, branch):
    assert branch_of(body) == branch


@pytest.mark.parametrize(
    ("headers", "event"),
    [
        ({"x-github-event": "push"}, "push"),
        ({"x-gitlab-event": "Push Hook"}, "Push Hook"),
        ({"x-event-key": "repo:push"}, "repo:push"),
        ({"x-gitea-event": "push", "x-github-event": "pull_request"}, "pull_request"),
        ({}, None),
    ],
)
def test_the_event_of_the_headers(headers, event):
    assert event_of(headers) == event


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ref", "pull_request", "base", "push", "changes", "new", "name"]), inner)
    ),
    max_leaves=8,
)


@given(JSON, JSON)
def test_no_request_breaks_a_filter(headers, body):
    trigger = Trigger("t", "webhook", "t", fields={"events": ["push"], "branches": ["main"]})
    request = {"headers": headers, "body": body, "method": "POST", "query": {}}
    assert why_not(trigger, request, {**request, "input": request}) is not None
