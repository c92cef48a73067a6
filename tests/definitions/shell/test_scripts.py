"""Whatever script is accepted runs nothing that a value says: some thousands of them, in every shell."""

import os

import pytest
from storms.scripts import generate, sandbox, trial

from storms import scripts

#: Seeds, and how many accepted scripts of each: a sample for ``make test``; other seeds are for ``make storm``.
SEEDS = [
    (10, 420),
    pytest.param(11, 1100, marks=pytest.mark.shells),
    pytest.param(12, 1000, marks=pytest.mark.shells),
]


@pytest.fixture(scope="module")
def every_shell():
    missing = sandbox.missing()
    if missing and os.environ.get("CI") != "true":
        pytest.skip(f"this machine has no {' and no '.join(missing)}")
    assert not missing


@pytest.mark.parametrize(("seed", "count"), SEEDS)
def test_no_accepted_script_runs_what_a_value_says(every_shell, seed, count):
    tally = trial.run(seed, count, shells=2)
    assert scripts.describe(tally, 3) == []
    assert tally.counts["executed"] == 0
    assert tally.accepted == count


def test_the_mark_is_left_when_a_value_runs_and_only_then(every_shell):
    with sandbox.Sandbox() as box:
        value = (("V", f"{box.folder}/c"),)
        runs = [
            sandbox.Run(shell, text, value)
            for shell in sandbox.SHELLS
            for text in ('"$V"', 'env "$V"', 'echo "$V"; printf %s "$V" >f; cat f', 'ssh host "$V"', 'deploy "$V"',
                         '. "$V"', 'printf "%s\\n" "$V" | xargs env', "canary &", "(canary &) & exit 0")
        ]  # fmt: skip
        found = [done.executed for done in box.run(runs)]
    assert found == [True, True, False, True, False, True, True, True, True] * len(sandbox.SHELLS)


def test_nothing_of_a_script_is_left_behind(every_shell):
    with sandbox.Sandbox() as box:
        dash = "dash"
        done = box.run([
            sandbox.Run(dash, "echo a >left; mkdir -p d/e; : >f"),
            sandbox.Run(dash, '[ ! -e left ] && [ ! -e d ] && [ "$(cat f)" = "one\ntwo" ]'),
            sandbox.Run(dash, "(while :; do :; done) & (while :; do :; done) & exit 3"),
            sandbox.Run(dash, "mkfifo p; cat p"),
            sandbox.Run(dash, "echo a >/etc/gitflow-scripts || exit 5"),
            sandbox.Run(dash, "kill -9 $PPID; kill -9 -1"),
            sandbox.Run(dash, "exit 0"),
        ])  # fmt: skip
        assert [each.status for each in done[:3]] == [0, 0, 3]
        assert done[3].late
        assert (done[4].status, done[6].status) == (5, 0)


def test_a_batch_without_scripts_is_answered_and_the_next_runs(every_shell):
    with sandbox.Sandbox() as box:
        assert box.run([]) == []
        assert [done.status for done in box.run([sandbox.Run("dash", "exit 4")])] == [4]


def test_the_same_seed_gives_the_same_scripts():
    def some(seed):
        generator = generate.Generator(generate.random.Random(seed))
        return [generator.script() for _ in range(200)]

    assert some(3) == some(3)
    assert some(3) != some(4)


def test_a_finding_is_shown_as_small_as_it_can_be(every_shell, monkeypatch):
    """With a judgement that accepts everything."""

    def everything(text, dialect, is_number=None, readings=None):
        script = trial.judge.Script(text.replace("{{ a }}", "$V"), (("V", "a"),))
        return trial.judge.Prepared(script)

    monkeypatch.setattr(trial.judge, "judge", everything)
    with sandbox.Sandbox() as box:
        case = trial.Finding(0, 0, "", "sh", "echo b && echo c\n{{ a }} # d\n", (("a", "canary"),), "dash")
        assert trial.smallest(case, box).text.strip() in ("{{ a }}", "{{a}}")
