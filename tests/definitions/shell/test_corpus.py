"""Every way in which a value became code before is refused, and what must stay allowed is, and runs no value."""

import os
import random
from collections import Counter

import pytest
from storms.scripts import corpus, sandbox
from storms.scripts.values import Canaries

#: With how many values each accepted case runs at least; in each of its shells with another, as values find more than
#: shells do.
VALUES = 3


def test_the_judgement_says_what_the_corpus_says():
    """One test and not one for each group: the corpus is read once, by whichever process of tests runs it."""
    wrong = []
    for case in corpus.cases():
        found = corpus.verdict(case)
        if not corpus.is_right(case, found):
            wrong.append(f"{case.about}: {case} was {found.verdict}, not {case.expect}: {sorted(found.rules)}")
    assert wrong == []


def test_a_case_stands_in_the_corpus_once():
    things = Counter((case.thing, case.dialect) for case in corpus.cases())
    assert [thing for thing, times in things.items() if times > 1] == []


def runs_of(case, canaries, chance):
    """The runs of an accepted case; a list runs as it is, an env beside programs that look at theirs."""
    shells = (None,) if case.kind == "list" else sandbox.OF_DIALECT[case.dialect]
    for number in range(max(VALUES, len(shells))):
        shell = shells[number % len(shells)]
        values = {name: canaries.choose(chance, name) for name in ("a", "b", "c", "n", "each.item")}
        yield run_of(case, shell, values)


def run_of(case, shell, values):
    def filled(text):
        for name, value in values.items():
            text = text.replace(f"{{{{ {name} }}}}", value)
        return text

    if case.kind == "list":
        return sandbox.Run("dash", "", argv=tuple(map(filled, case.thing)))
    if case.kind == "env":
        given = tuple((name, filled(text)) for name, text in case.thing)
        return sandbox.Run(shell, "set -x; git log; sh script.sh; bash script.sh; man ls; crontab -e", given)
    script = corpus.verdict(case).script
    return sandbox.Run(shell, script.text, tuple((name, values[what]) for name, what in script.values))


@pytest.mark.shells
def test_no_accepted_case_runs_what_a_value_says():
    missing = sandbox.missing()
    if missing and os.environ.get("CI") != "true":
        pytest.skip(f"this machine has no {' and no '.join(missing)}")
    chance = random.Random(7)
    with sandbox.Sandbox() as box:
        canaries = Canaries(box.folder)
        runs = [
            (case, run)
            for case in corpus.cases()
            if corpus.verdict(case).verdict == "accepted"
            for run in runs_of(case, canaries, chance)
        ]
        done = box.run([run for _, run in runs])
    executed = [
        f"{case} in {run.shell} with {run.values or run.argv}"
        for (case, run), each in zip(runs, done, strict=True)
        if each.executed
    ]
    assert executed == []
