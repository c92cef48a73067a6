"""Loading revision after revision gives what loading each by itself gives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gitflow.core.sources import SourceFile
from gitflow.definitions.loader import load
from gitflow.definitions.memory import Memory

#: Files that name each other, are wrong by themselves, or only together.
TEXTS = [
    "",
    "actions: {greet: {type: shell, input: {name: {type: string}}, cmd: 'echo {{ input.name }}'}}\n",
    "actions: {greet: {type: shell, input: {count: {type: integer}}, cmd: 'exit {{ input.count }}'}}\n",
    "tasks: {hello: {flow: {a: {action: greet, input: {name: x}}}}}\n",
    "tasks: {hello: {flow: {a: {action: nobody}}}}\n",
    "tasks: {hello: {flow: {a: {type: shell, cmd: 'eval {{ input.x }}'}}}}\n",
    "tasks: {other: {flow: {a: {type: task, task: hello}}}}\n",
    "triggers: {t: {type: scheduler, cron: '0 0 2 * * *', task: hello}}\n",
    "on_error: [{action: greet}]\n",
    "tasks: [\n",
    "tasks: 3\n",
]


def loaded(texts, known=None):
    files = [SourceFile(f".workflows/{at}.yaml", text.encode()) for at, text in enumerate(texts)]
    return load(files, workspace="w", revision="r", has_file=lambda path: False, known=known)


@settings(max_examples=60)
@given(st.lists(st.lists(st.sampled_from(TEXTS), min_size=4, max_size=4), min_size=2, max_size=5))
def test_what_is_remembered_changes_no_answer(revisions):
    known = Memory()
    for texts in revisions:
        alone, together = loaded(texts), loaded(texts, known)
        assert together.problems == alone.problems
        assert together.compiled == alone.compiled
        assert (together.snapshot is None) == (alone.snapshot is None)


def test_only_what_has_changed_is_read_again():
    known = Memory()
    first = loaded([TEXTS[1], TEXTS[3]], known)
    second = loaded([TEXTS[1], TEXTS[3] + "# changed\n"], known)
    assert second.snapshot.actions["greet"] is first.snapshot.actions["greet"]
    assert second.snapshot.tasks["hello"] is not first.snapshot.tasks["hello"]


def test_what_is_not_used_any_more_is_let_go():
    known = Memory()
    loaded(TEXTS[:4], known)
    loaded([TEXTS[1]], known)
    assert len(known._now) == 1
    assert known._before == {}
