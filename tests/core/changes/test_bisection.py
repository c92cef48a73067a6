"""The search for the first bad commit: laws over random histories."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.changes.bisection import BAD, GOOD, SKIP, between, replayed, start


def line(count: int) -> dict[str, tuple[str, ...]]:
    """Newest first: ``c2 c1 c0``."""
    return {f"c{n}": (f"c{n - 1}",) if n else () for n in reversed(range(count))}


def history(random: Random, count: int) -> dict[str, tuple[str, ...]]:
    """With branches and merges, and one newest commit."""
    parents: dict[str, tuple[str, ...]] = {"c0": ()}
    tips = ["c0"]
    for number in range(1, count):
        wanted = random.sample(tips, min(len(tips), random.choice([1, 1, 1, 2])))
        if random.random() < 0.3:
            wanted = [random.choice(list(parents))]
        parents[f"c{number}"] = tuple(wanted)
        tips = [tip for tip in tips if tip not in wanted] + [f"c{number}"]
    parents["tip"] = tuple(tips)
    return dict(reversed(parents.items()))


def search(begun, is_bad, skipped=frozenset()):
    tries = 0
    while (candidate := begun.next) is not None:
        verdict = SKIP if candidate in skipped else BAD if is_bad(candidate) else GOOD
        begun = begun.judged(candidate, verdict)
        tries += 1
    return begun.suspects, tries


@given(st.integers(1, 300), st.data())
def test_a_line_is_searched_in_as_many_tries_as_its_length_has_bits(count, data):
    first_bad = data.draw(st.integers(0, count - 1))
    parents = line(count)
    begun = start(list(parents), parents)
    suspects, tries = search(begun, lambda sha: int(sha[1:]) >= first_bad)
    assert suspects == (f"c{first_bad}",)
    assert tries <= begun.most_tries == max(0, (count - 1).bit_length())


@given(st.randoms(use_true_random=False), st.integers(1, 40), st.data())
def test_the_first_bad_commit_is_found_wherever_it_is_on_the_branches(random, count, data):
    parents = history(random, count)
    culprit = data.draw(st.sampled_from(sorted(between(parents, "tip", ()))))
    suspects, _ = search(start(list(parents), parents), lambda sha: culprit in between(parents, sha, ()))
    assert suspects == (culprit,)


@given(st.randoms(use_true_random=False), st.integers(1, 40), st.data())
def test_the_culprit_stays_among_the_suspects_whatever_is_skipped(random, count, data):
    parents = history(random, count)
    culprit = data.draw(st.sampled_from(sorted(between(parents, "tip", ()))))
    skipped = data.draw(st.frozensets(st.sampled_from(sorted(parents))))
    suspects, _ = search(start(list(parents), parents), lambda sha: culprit in between(parents, sha, ()), skipped)
    assert culprit in suspects


@given(st.integers(2, 60), st.data())
def test_results_of_an_earlier_search_are_not_tried_again(count, data):
    parents = line(count)
    first_bad = data.draw(st.integers(0, count - 1))
    known = data.draw(st.frozensets(st.integers(0, count - 1)))
    verdicts = [(f"c{n}", BAD if n >= first_bad else GOOD) for n in sorted(known)]
    begun = replayed(start(list(parents), parents), [*verdicts, ("elsewhere", BAD)])
    tried = []
    while (candidate := begun.next) is not None:
        tried.append(candidate)
        begun = begun.judged(candidate, BAD if int(candidate[1:]) >= first_bad else GOOD)
    assert begun.suspects == (f"c{first_bad}",)
    assert not {*tried} & {sha for sha, _ in verdicts}


def test_commits_that_are_no_candidates_still_connect_those_that_are():
    parents = line(5)
    begun = start(["c4", "c2", "c0"], parents)
    assert begun.next in ("c2", "c0")
    assert begun.judged("c2", GOOD).suspects == ("c4",)
    assert begun.judged("c2", BAD).judged("c0", GOOD).suspects == ("c2",)


@pytest.mark.parametrize("candidates", [(), ("c1",)])
def test_there_is_nothing_to_try_where_nothing_can_be_learned(candidates):
    begun = start(candidates, line(3))
    assert (begun.next, begun.suspects, begun.most_tries) == (None, candidates, 0)


def test_what_lies_between_two_commits_leaves_out_what_the_older_one_follows():
    assert between({"d": ("b", "c"), "c": ("a",), "b": ("a",), "a": ()}, "d", ["b"]) == {"d", "c"}
