"""A person confirms the code of a command line, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browsing import Watched
from running import DEFINITIONS, Running

pytestmark = pytest.mark.browser("chromium")

EMAIL, PASSWORD = "root@example.com", "correct horse battery"
AUTH: dict[str, Any] = {
    "providers": {"internal": {"provider_type": "internal"}},
    "initial_user": {"email": EMAIL, "password": PASSWORD},
}


@pytest.mark.parametrize(
    ("button", "said", "code"),
    [
        ("Sign it in", "The command line is signed in.", None),
        ("Refuse", "It was refused, and gets no access.", "access_denied"),
    ],
)
def test_a_person_signs_in_sees_who_asks_and_decides(
    browse: Callable[..., Watched], serve: Callable[..., Running], button: str, said: str, code: str | None
):
    server = serve(DEFINITIONS, {"auth": AUTH})
    begun = server.post("/api/auth/device", {"client": "gitflow on <b>laptop</b>"}).json
    watched = browse(to=server)
    page = watched.page
    watched.open(f"/device?code={begun['user_code']}")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    field = page.get_by_label("Code")
    assert field.input_value() == ""  # a link is not enough
    field.fill(begun["user_code"].lower())
    field.press("Enter")
    asked = page.get_by_role("region", name="Who asks")
    for shown in (EMAIL, begun["user_code"], "gitflow on <b>laptop</b>", "127.0.0.1"):
        asked.get_by_text(shown, exact=True).wait_for()
    assert watched.axe() == []
    page.get_by_role("button", name=button).click()
    page.get_by_role("status").get_by_text(said).wait_for()
    exchanged = server.post("/api/auth/device/token", {"device_code": begun["device_code"]}).json
    assert exchanged.get("code") == code
    assert watched.refused() == []
