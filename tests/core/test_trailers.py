"""Trailers of commits: what the API has committed is told from what a person has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.trailers import API_TRAILER, is_made_by_api, trailers, with_trailer

US, ANN = "gitflow <gitflow@localhost>", "Ann <ann@example.com>"
#: Messages with the letters that decide: paragraphs, trailers, continued lines.
MESSAGES = st.text(st.sampled_from("ab:- \t\n\r\x0b\x85\u2028")).filter(str.strip) | st.text().filter(str.strip)


@given(MESSAGES)
def test_no_message_hides_that_the_api_made_its_commit(message: str) -> None:
    made = with_trailer(message, API_TRAILER, US)
    assert is_made_by_api(made, US)
    assert not is_made_by_api(made, ANN)


@given(MESSAGES)
def test_a_further_trailer_takes_none_away(message: str) -> None:
    made = with_trailer(message, API_TRAILER, US)
    assert trailers(made)[:-1] == trailers(message)


def test_a_person_who_commits_it_again_is_its_committer() -> None:
    message = with_trailer("Disable nightly", API_TRAILER, US)
    assert not is_made_by_api(message, ANN)
    assert not is_made_by_api("Disable nightly\n", US)
    assert is_made_by_api(message + "Signed-off-by: Ann <ann@example.com>\n", US)
