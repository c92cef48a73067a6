"""Trees that are kept from one load to the next: what is remembered is what would be read again."""

from contextlib import contextmanager
from functools import cache
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitflow.definitions.shell import inner, parsers, tree_cache
from gitflow.definitions.shell.nodes import Tree, Unreadable
from gitflow.definitions.shell.safety import prepare, read_scripts
from gitflow.definitions.shell.tree_cache import ENTRY, TreeCache, readings_of

#: Scripts whose verdict hangs on the dialect, the type of the value, the environment, a script inside, or one letter.
TEXTS = [
    "echo {{ a }}",
    "echo {{ a }} ",
    "echo '{{ a }}'",
    "echo {{ b }}",
    "eval {{ a }}",
    "[[ {{ a }} -eq 1 ]]",
    'x={{ a }}; [ "$x" -eq 1 ]; echo $((x + 1))',
    "echo a &>f {{ a }}",
    "cat <<<{{ a }}",
    "cat <(echo {{ a }})",
    "sh -c 'cp -- \"$1\" /srv' sh {{ a }}",
    "bash -c '[[ $1 -eq 1 ]]' x {{ a }}",
    "sh -c 'eval \"$1\"' sh {{ a }}",
    'eval "$V"; echo {{ a }}',
    "if {{ a }}",
    "cat <<EOF\n{{ a }}\n",
    "# a \\\necho {{ a }}",
    "function f { echo {{ a }}; }",
    "echo $'x' {{ a }}",
]
DIALECTS = ("sh", "dash", "bash")
SCRIPTS = st.tuples(st.sampled_from(DIALECTS), st.sampled_from(TEXTS))
ASKED = st.tuples(SCRIPTS, st.booleans(), st.sampled_from([frozenset(), frozenset({"V"})]))
#: Small enough that what was kept is let go in the middle.
LIMITS = st.sampled_from([0, 300, 600, 10_000])


@contextmanager
def remembering(limit):
    """A cache of its own for what is read inside."""
    before, tree_cache.CACHE = tree_cache.CACHE, TreeCache(limit)
    try:
        yield tree_cache.CACHE
    finally:
        tree_cache.CACHE = before


def forget_inner():
    inner.judge_script.cache_clear()
    inner.parse_script.cache_clear()


def shown(readings):
    """What a parser says of a script that it cannot read may name its place among others."""
    return {key: reading if isinstance(reading, Tree) else type(reading) for key, reading in readings.items()}


@cache
def read_alone(script):
    return shown(parsers.read_all([script]))


@cache
def judged_alone(asked):
    (dialect, text), is_number, environment = asked
    forget_inner()
    with remembering(0):
        return prepare(text, dialect, lambda _: is_number, environment=environment)


@settings(max_examples=60)
@given(st.lists(st.lists(SCRIPTS, min_size=1, max_size=4), min_size=2, max_size=6), LIMITS)
def test_a_tree_is_the_same_remembered_or_read(loads, limit):
    with remembering(limit):
        for scripts in loads:
            alone = {key: reading for script in scripts for key, reading in read_alone(script).items()}
            found = shown(readings_of(scripts))
            assert {key: found[key] for key in alone} == alone


@settings(max_examples=60)
@given(st.lists(st.lists(ASKED, min_size=1, max_size=4), min_size=2, max_size=6), LIMITS)
def test_what_is_remembered_changes_no_verdict(loads, limit):
    alone = {asked: judged_alone(asked) for load in loads for asked in load}
    forget_inner()
    with remembering(limit):
        for load in loads:
            readings = read_scripts(script for script, _, _ in load)
            for asked in load:
                (dialect, text), is_number, environment = asked
                together = prepare(text, dialect, lambda _, n=is_number: n, environment=environment, readings=readings)
                assert together == alone[asked]


@given(st.lists(st.text(alphabet="ab ", max_size=400), max_size=30), st.integers(0, 2000))
def test_no_more_is_kept_than_the_limit_and_what_was_used_last_stays(texts, limit):
    known = TreeCache(limit)
    for text in texts:
        known.keep({("bash", text): Tree(())})
        assert known.size <= limit
        assert bool(known.find([("bash", text)])) == (len(text) + ENTRY <= limit)
    kept = known.find([("bash", text) for text in texts])
    assert known.size == sum(len(text) + ENTRY for _, text in kept)


def test_what_is_used_again_stays_longer():
    known = TreeCache(2 * (ENTRY + 1))
    known.keep({("bash", "a"): Tree(()), ("bash", "b"): Tree(())})
    known.find([("bash", "a")])
    known.keep({("bash", "c"): Tree(())})
    assert [key for _, key in known.find(("bash", text) for text in "abc")] == ["a", "c"]


def test_a_known_script_starts_no_parser(monkeypatch):
    with remembering(10_000):
        first = readings_of([("sh", "echo one"), ("bash", "echo two")])
        monkeypatch.setattr(parsers, "read_all", lambda scripts: pytest.fail(f"{scripts} were read again"))
        assert readings_of([("bash", "echo two"), ("sh", "echo one")]) == first


def test_one_grammar_does_not_answer_for_another():
    with remembering(10_000) as known:
        readings_of([("bash", "echo one")])
        assert known.find([("dash", "echo one"), ("posix", "echo one")]) == {}
        assert isinstance(readings_of([("sh", "echo one")])["dash", "echo one"], Tree)


def test_a_script_that_could_not_be_read_is_asked_again(monkeypatch):
    """The parser was missing or too slow, and the next load finds it."""
    with remembering(10_000):
        with monkeypatch.context() as patch:
            patch.setattr(parsers, "_program", lambda: None)
            assert isinstance(readings_of([("bash", "echo three")])["bash", "echo three"], Unreadable)
        assert isinstance(readings_of([("bash", "echo three")])["bash", "echo three"], Tree)


def test_threads_that_load_at_once_get_what_each_alone_gets():
    scripts = [("bash", f"echo {number % 7}") for number in range(20)]
    expected = shown(parsers.read_all(scripts))
    found = []
    with remembering(300):
        threads = [Thread(target=lambda: found.append(shown(readings_of(scripts)))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert tree_cache.CACHE.size <= 300
    assert found == [expected] * 4
