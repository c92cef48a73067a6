"""Signatures and webhooks, and the repository that a configuration means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_host_stub import Pull
from gitflow.code_hosts.base import Delivery
from gitflow.code_hosts.registry import DIALECTS, repository_of
from gitflow.core.errors import InvalidInput
from gitflow.core.strict_json import read_json

SECRET = "a secret"
PROVIDERS = ("github", "gitea", "gitlab")
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_delivery_of_a_code_host_is_genuine_and_names_the_pull_request(host, provider):
    stub = host(provider)
    stub.pulls[7] = Pull(7, "a" * 40)
    headers, body = stub.delivery(7, SECRET)
    dialect = DIALECTS[provider]
    assert dialect.is_genuine(headers, body, SECRET)
    assert dialect.delivery_of(headers, read_json(body.decode())) == Delivery("team/shop", 7)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_delivery_of_a_review_names_the_pull_request_too(host, provider):
    stub = host(provider)
    stub.pulls[7] = Pull(7, "a" * 40)
    headers, body = stub.delivery_of_review(7, SECRET)
    assert DIALECTS[provider].delivery_of(headers, read_json(body.decode())) == Delivery("team/shop", 7)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_forged_delivery_is_not_genuine(host, provider):
    headers, body = host(provider).delivery(7, SECRET)
    dialect = DIALECTS[provider]
    assert not dialect.is_genuine(headers, body, "another secret")
    assert not dialect.is_genuine({}, body, SECRET)
    assert not dialect.is_genuine(headers, body, "")
    assert not dialect.is_genuine({"X-Gitlab-Token": ""}, body, "")
    if provider != "gitlab":
        assert not dialect.is_genuine(headers, body + b" ", SECRET)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_scheme_of_another_provider_does_not_count(host, provider):
    for other in PROVIDERS:
        headers, body = host(other).delivery(7, SECRET)
        assert DIALECTS[provider].is_genuine(headers, body, SECRET) == (other == provider)
    assert not DIALECTS["github"].is_genuine({"X-Gitlab-Token": SECRET}, b"{}", SECRET)


@pytest.mark.parametrize("provider", PROVIDERS)
@given(secret=st.text(min_size=1), guess=st.text(), body=st.binary())
def test_nobody_guesses_a_signature(provider, secret, guess, body):
    names = ("X-Hub-Signature-256", "X-Gitea-Signature", "X-Forgejo-Signature", "X-Gitlab-Token")
    dialect = DIALECTS[provider]
    assert dialect.is_genuine(dict.fromkeys(names, guess), body, f"{secret}.") in (guess == f"{secret}.", False)


@pytest.mark.parametrize("provider", PROVIDERS)
@given(
    number=ANY_JSON,
    name=ANY_JSON,
    whole=ANY_JSON,
)
def test_any_json_is_a_delivery_or_refused(provider, number, name, whole):
    headers = {
        "X-GitHub-Event": "pull_request",
        "X-Gitea-Event": "pull_request",
        "X-Gitlab-Event": "Merge Request Hook",
    }
    given_values = (
        {"pull_request": {"number": number}, "repository": {"full_name": name}},
        {"pull_request": whole, "repository": whole},
        {
            "object_kind": "merge_request",
            "object_attributes": {"iid": number},
            "project": {"path_with_namespace": name},
        },
    )
    for value in given_values:
        try:
            found = DIALECTS[provider].delivery_of(headers, value)
        except (ValueError, LookupError, TypeError):
            continue
        assert found is None or (found.number > 0 and isinstance(found.repository, str))


def test_other_events_say_nothing_of_a_pull_request(host):
    headers, body = host("github").delivery(7, SECRET)
    assert DIALECTS["github"].delivery_of({**headers, "X-GitHub-Event": "issues"}, read_json(body.decode())) is None
    assert DIALECTS["gitlab"].delivery_of({"X-Gitlab-Event": "Push Hook"}, {"object_kind": "push"}) is None


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/team/shop.git", "team/shop"),
        ("https://git:secret@github.com/team/shop", "team/shop"),
        ("ssh://git@gitlab.example.com/group/sub/shop.git", "group/sub/shop"),
        ("git@gitlab.example.com:group/shop.git", "group/shop"),
    ],
)
def test_the_url_names_the_repository(url, name):
    assert repository_of("https://api.github.com/", url).name == name
    assert repository_of("https://api.github.com/", url).api_url == "https://api.github.com"
    assert repository_of("https://api.github.com", "/srv/shop.git", "team/other").name == "team/other"


@pytest.mark.parametrize(
    ("api_url", "url"),
    [
        ("http://api.github.com", "https://github.com/team/shop"),
        ("https://user:word@api.github.com", "https://github.com/team/shop"),
        ("https://api.github.com?x=1", "https://github.com/team/shop"),
        ("file:///etc", "https://github.com/team/shop"),
        ("https://", "https://github.com/team/shop"),
        ("https://api.github.com", "https://github.com/shop"),
        ("https://api.github.com", "https://github.com/../shop"),
        ("https://api.github.com", "https://github.com/team/sh op"),
    ],
)
def test_an_address_without_tls_or_without_a_repository_is_refused(api_url, url):
    with pytest.raises(InvalidInput):
        repository_of(api_url, url)
