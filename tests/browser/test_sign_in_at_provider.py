"""Signing in at a real OpenID Connect provider, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import oidc_provider
import pytest
from browsing import Watched
from running import DEFINITIONS, Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]


@pytest.fixture
def watched(browse: Browse, serve: Callable[..., Running]) -> Iterator[Watched]:
    """A page of a server whose people sign in at a provider."""
    with oidc_provider.provider() as address:
        yield browse(to=serve(DEFINITIONS, dict(oidc_provider.settings(address))))


def at_the_provider(watched: Watched, person: str) -> None:
    """Begins at the page one wanted, and says at the provider who one is. Its style is of another site: not read."""
    page = watched.page
    page.context.route(re.compile(r"//(?!localhost|127\.0\.0\.1)"), lambda route: route.abort())
    watched.open("/audit?what=login.", "main")
    page.get_by_role("button", name="Sign in with Example SSO").click()
    page.get_by_role("button", name=person, exact=True).click()


def test_a_person_signs_in_at_the_provider_lands_on_the_page_that_was_wanted_and_signs_out(watched: Watched):
    page = watched.page
    at_the_provider(watched, "ann")
    page.wait_for_url("**/audit?what=login.")
    page.get_by_role("alert").get_by_text("Who can give it: root@example.com").wait_for()
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menu").get_by_text("Ann", exact=True).wait_for()
    page.get_by_role("menuitem", name="Sign out").click()
    page.wait_for_url("**/sign-in?next=*")
    assert watched.refused() == []


def test_whom_the_provider_does_not_vouch_for_is_told_so_on_the_page_to_sign_in(watched: Watched):
    page = watched.page
    at_the_provider(watched, "eve")
    page.get_by_role("alert").get_by_text("Example SSO").wait_for()
    page.get_by_label("Email").fill("root@example.com")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Audit").wait_for()
    assert watched.refused() == []
