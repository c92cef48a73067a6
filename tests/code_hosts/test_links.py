"""Links to files at code hosts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.code_hosts.links import LINKS, file_link
from gitflow.code_hosts.registry import DIALECTS

GITHUB = "https://github.com/acme/infra/blob/{revision}/{path}#L{line}"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://github.com/acme/infra.git", GITHUB),
        ("https://x-token:s3cret@github.com/acme/infra", GITHUB),
        ("git@github.com:acme/infra.git", GITHUB),
        ("ssh://git@github.com:22/acme/infra.git", GITHUB),
        ("https://GitLab.com/a/b/c.git", "https://gitlab.com/a/b/c/-/blob/{revision}/{path}#L{line}"),
        ("https://codeberg.org/a/b", "https://codeberg.org/a/b/src/commit/{revision}/{path}#L{line}"),
        ("http://gitea.local:3000/a/b", "http://gitea.local:3000/a/b/src/commit/{revision}/{path}#L{line}"),
        ("https://bitbucket.org/a/b", "https://bitbucket.org/a/b/src/{revision}/{path}#lines-{line}"),
        ("https://git.example.com/a/b", None),
        ("/srv/git/infra.git", None),
        ("file:///srv/git/infra.git", None),
        ("https://github.com/", None),
        ("", None),
    ],
)
def test_a_link_follows_from_the_url(url, link):
    assert file_link(url) == link


def test_a_configured_host_is_known_and_a_folder_is_put_before_paths():
    link = file_link("git@git.example.com:a/b.git", "gitlab", "/flows x/")
    assert link == "https://git.example.com/a/b/-/blob/{revision}/flows%20x/{path}#L{line}"


def test_every_code_host_has_links():
    assert set(DIALECTS) <= set(LINKS)


@given(st.text(), st.sampled_from([None, *LINKS]))
def test_whatever_the_url_is_a_link_is_one_to_a_page(url, provider):
    link = file_link(url, provider)
    assert link is None or link.startswith(("https://", "http://"))
