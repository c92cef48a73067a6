"""The exact parsers: many scripts at once are read as each alone, and no script stops or ends who asks."""

import os
import resource

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitflow.definitions.shell import parsers, tree_cache
from gitflow.definitions.shell.nodes import Tree, Unreadable
from gitflow.definitions.shell.parsers import read_all
from gitflow.definitions.shell.safety import prepare

PIECES = st.sampled_from(
    [
        'echo "$x"',
        "if true; then",
        "fi",
        "cat <<EOF",
        "EOF",
        "cat <<'EOF' | sh",
        "cat <<'EOF'\nEOF",
        "cat <<EOF\nEOF",
        "x= y='' z=\"\" $'' ''",
        "a \\",
        "# comment",
        "# comment \\",
        "(",
        ")",
        "{ b; }",
        "'",
        '"',
        "`c`",
        "$(d)",
        "gitflow_end_of_script_0",
        "gitflow_end_of_script_1",
        "case x in",
        "x) ;;",
        "esac",
        "e &",
        "f |",
        "&& g",
        "é",
        "",
    ]
)
SCRIPTS = st.lists(PIECES, max_size=5).map("\n".join)


def told(readings):
    return {key: reading if isinstance(reading, Tree) else type(reading) for key, reading in readings.items()}


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(SCRIPTS, min_size=2, max_size=6, unique=True))
def test_scripts_that_are_read_together_are_read_as_each_alone(scripts):
    together = told(read_all([("sh", script) for script in scripts]))
    alone = {}
    for script in scripts:
        alone |= told(read_all([("sh", script)]))
    assert together == alone


#: Each with a fault that the parser finds in a script behind it, where it reads them as one text.
OPEN = [
    'echo "a',
    "echo 'a",
    "cat <<EOF\n",
    "echo $((1",
    "if a; then",
    "echo `b",
    "a \\",
    "cat <<'EOF' \\",
    "case x in",
]


@settings(max_examples=15)
@given(st.lists(st.sampled_from(OPEN), min_size=1, max_size=4, unique=True), st.randoms(use_true_random=False))
def test_what_is_said_of_a_script_is_the_same_among_many(wrong, chance):
    scripts = [*wrong, *(f"echo '{number}' \"$x\"" for number in range(6))]
    chance.shuffle(scripts)
    together = read_all([("bash", script) for script in scripts])
    for script in scripts:
        assert repr(together["bash", script]) == repr(read_all([("bash", script)])["bash", script])


def test_a_quote_that_is_left_open_among_many_scripts_costs_two_processes_more(monkeypatch):
    asked = []
    run = parsers._run
    monkeypatch.setattr(parsers, "_run", lambda *given: asked.append(given) or run(*given))
    scripts = [f"echo '{number}' \"$x\"" for number in range(200)]
    readings = read_all([("bash", script) for script in (scripts[0], 'echo "a', *scripts[1:])])
    assert [key for key, reading in readings.items() if isinstance(reading, Unreadable)] == [("bash", 'echo "a')]
    assert len(asked) == 3


def test_many_comments_that_end_in_a_backslash_are_found_at_once(monkeypatch):
    asked = []
    run = parsers._run
    monkeypatch.setattr(parsers, "_run", lambda *given: asked.append(given) or run(*given))
    wrong = [f"echo {number} # \\\necho b" for number in range(7)]
    fine = [f"echo '{number}' \"$x\"" for number in range(50)]
    readings = read_all([("bash", script) for script in [*fine[:9], *wrong[:4], *fine[9:], *wrong[4:]]])
    assert {key[1] for key, reading in readings.items() if isinstance(reading, Unreadable)} == set(wrong)
    assert {str(readings["bash", script]) for script in wrong} == {"1:1: a comment ends in a backslash"}
    assert len(asked) == 3 + len(wrong)  # together, each as a file, each of those alone, and the others together


def test_where_no_file_can_be_written_each_script_is_read_all_the_same(monkeypatch, tmp_path):
    monkeypatch.setattr(parsers.tempfile, "tempdir", str(tmp_path / "missing"))
    readings = read_all([("bash", 'echo "a'), ("bash", 'echo "b"'), ("bash", "echo c")])
    assert [isinstance(reading, Tree) for reading in readings.values()].count(True) == 2
    assert isinstance(readings["bash", 'echo "a'], Unreadable)


@pytest.mark.parametrize(
    "script",
    ["cat <<EOF\n$x", "cat <<EOF\n`", "(" * 3000, "echo " + "$(" * 3000 + ")" * 3000, "a (", "if", "\x81", "$((" * 50],
    ids=range(8),
)
def test_a_script_that_is_wrong_is_unreadable_and_the_next_one_is_read(script):
    readings = read_all([("sh", script), ("sh", "echo fine")])
    assert isinstance(readings["bash", "echo fine"], Tree)
    assert isinstance(readings["dash", "echo fine"], Tree)
    assert any(isinstance(readings[grammar, script], Unreadable) for grammar in ("bash", "dash")) or script == "\x81"


def test_a_parser_that_does_not_answer_is_ended(monkeypatch):
    monkeypatch.setattr(parsers, "TIMEOUT_S", 0.5)
    reading = read_all([("bash", "(" * 200_000)])["bash", "(" * 200_000]
    assert isinstance(reading, Unreadable)


def test_a_very_long_script_with_values_is_refused():
    found = prepare("echo {{ x }}\n" + "echo a\n" * 60_000)
    assert found.script is None
    assert "longer than" in found.faults[0].message


def test_without_the_program_scripts_with_values_are_refused_with_advice(monkeypatch):
    monkeypatch.setattr(parsers, "_program", lambda: None)
    monkeypatch.setattr(tree_cache, "CACHE", tree_cache.TreeCache())  # another test may have read the script
    found = prepare("echo {{ x }}")
    assert found.script is None
    assert "shfmt is missing" in found.faults[0].message
    assert prepare("echo x").script is not None


def test_where_dash_cannot_be_asked_posix_grammar_takes_its_place(monkeypatch):
    monkeypatch.setattr(parsers, "has_dash", lambda: False)
    assert parsers.grammars_of("sh") == ["bash", "posix"]
    assert prepare("echo {{ x }}").script is not None
    for text in ("eval {{ x }}", "echo a &>f {{ x }}", "$u {{ x }}", "! { {{ x }}; }", "cat <<<{{ x }}"):
        assert prepare(text).script is None, text


@pytest.mark.parametrize("text", [": # \\\neval {{ a }}", "echo {{ a }} # \\\nb", "if a; then # x \\\nb {{ a }}; fi"])
def test_a_comment_that_shfmt_joins_with_the_next_line_is_refused(text):
    assert prepare(text, "bash").script is None


def test_a_backslash_between_words_and_hashes_inside_of_them_are_fine():
    found = prepare("curl -H 'a#b' \\\n  --data {{ a }} \\\n  -- https://example.org/#top # why\necho b", "bash")
    assert found.faults == ()


@pytest.mark.parametrize(
    "text",
    [
        "cat <<'EOF'\nEOF\necho {{ a }}",
        "cat <<EOF\nEOF\necho {{ a }}",
        "x= y='' echo '' \"\" {{ a }}",
    ],
)
def test_empty_texts_are_read(text):
    assert prepare(text, "bash").script is not None


def test_scripts_are_read_in_a_process_with_very_many_open_files():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1200
    if hard < wanted:
        pytest.skip("this user may not open so many files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    parsers.close()
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        assert isinstance(read_all([("dash", "echo many")])["dash", "echo many"], Tree)
    finally:
        parsers.close()
        for descriptor in opened:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    "text",
    ['cat 3<<EOF\n$(env echo "{{ a }}" <<EOF\n{{ a }}\nEOF\n)\nEOF', "cat <<-E\n$(cat <<E\n{{ a }}\n\tE\n)\n\tE\n"],
)
def test_a_here_document_that_bash_would_end_earlier_is_refused(text):
    assert prepare(text, "bash").script is None


@pytest.mark.parametrize("text", ["cat <<A\n$(cat <<B\n{{ a }}\nB\n)\nA", "cat <<EOF\n{{ a }}\n\nEOF\necho b"])
def test_here_documents_inside_of_each_other_with_ends_of_their_own_are_fine(text):
    assert prepare(text, "bash").script is not None


@pytest.mark.parametrize("text", ["command -p alias e=eval\ne ./{{ a }}", "eval 'alias e=eval'\ne {{ a }}"])
def test_an_alias_is_refused_however_it_is_made(text):
    assert prepare(text).script is None
