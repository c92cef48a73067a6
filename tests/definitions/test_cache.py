# ruff: noqa: E501
"""Loading revision after revision gives what loading each by itself gives.

The trees of scripts are shared by both; ``shell/test_tree_cache.py`` compares those with what the parsers say anew.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitflow.core.language.sources import SourceFile
from gitflow.definitions.cache import LoadCache
from gitflow.definitions.loader import load

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
    "tasks: {hello: {input: {x: {type: string, required: true}}, flow: {a: {type: shell, cmd: 'echo {{ input.x }}'}}}}\n",
    "tasks: {hello: {flow: {a: {type: shell, cmd: 'echo {{ input.body }}'}}}}\n",
    "triggers: {hook: {type: webhook, task: hello, name: same}}\n",
    "triggers: {hook2: {type: webhook, task: other, name: same, signature: github}}\n",
    "triggers: {after: {type: event, task: other, on: {task: hello}}}\n",
    "tasks: {other: {flow: {a: {type: task, task: hello, input: {x: 3}}}}, hello: {flow: {b: {type: task, task: other}}}}\n",
    "tasks: {third: {concurrency: {group: g, limit: 1}, flow: {a: {type: python, script: a.py}}}}\n",
    "tasks: {fourth: {concurrency: {group: g, limit: 2}, flow: {a: {type: shell, cmd: 'echo {{ secret.token }}'}}}}\n",
    "secrets: {token: '{{ env.TOKEN }}'}\n",
    "secrets: {tokens: abc}\n",
    "connection_types: {db: {host: {type: string, required: true}}}\n",
    "connection_types: {db: {host: {type: integer}}}\n",
    "connections: {main: {type: db, host: x}}\n",
    "connections: {main: {type: other}}\n",
    "actions: {query: {type: shell, input: {on: {type: db, default: main}}, cmd: 'echo hi'}}\n",
    "tasks: {fifth: {on_error: [{action: greet, input: {name: 3}}], flow: {a: {action: query, input: {on: main}}}}}\n",
    "actions: {give: {type: shell, output: {n: {type: integer}}, cmd: 'true'}}\n",
    "actions: {give: {type: shell, output: {m: {type: integer}}, cmd: 'true'}}\n",
    "tasks: {sixth: {flow: {a: {action: give}, b: {type: shell, cmd: 'exit {{ a.output.n }}', depends_on: [a]}}}}\n",
]


def loaded(texts, load_cache=None, has_script=False):
    files = [SourceFile(f".workflows/{at}.yaml", text.encode()) for at, text in enumerate(texts)]
    return load(files, workspace="w", revision="r", has_file=lambda path: has_script, load_cache=load_cache)


def check(revisions: list[tuple[list[str], bool]]) -> None:
    load_cache = LoadCache()
    for texts, has_script in revisions:
        alone, together = loaded(texts, has_script=has_script), loaded(texts, load_cache, has_script)
        assert together.problems == alone.problems
        assert together.compiled == alone.compiled
        assert (together.snapshot is None) == (alone.snapshot is None)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.lists(st.sampled_from(TEXTS), min_size=4, max_size=4), st.booleans()), min_size=2, max_size=5)
)
def test_what_is_remembered_changes_no_answer(revisions):
    check(revisions)


@pytest.mark.parametrize("kept", TEXTS)
def test_a_file_is_judged_by_what_the_others_have_become(kept):
    """Each text beside each other one: it comes, and goes, and comes in place of the first file that named it."""
    check([(texts, True) for other in TEXTS for texts in ([kept, ""], [kept, other], [other, kept])])


def test_a_script_that_goes_away_is_missed_though_nothing_else_has_changed():
    [script] = [text for text in TEXTS if "a.py" in text]
    check([([script], True), ([script], False), ([script], True)])


def test_a_value_is_judged_by_the_type_that_its_connection_has_now():
    types = "connection_types: {db: {host: {type: string}}, queue: {host: {type: string}}}\n"
    user = (
        "actions: {query: {type: shell, input: {on: {type: db}}, cmd: 'true'}}\n"
        "tasks: {t: {flow: {a: {action: query, input: {on: main}}}}}\n"
    )
    made = [f"connections: {{main: {{type: {kind}, host: x}}}}\n" for kind in ("db", "queue")]
    check([([types, user, made[at]], True) for at in (0, 1, 0)])
    assert loaded([types, user, made[0]]).problems == ()
    assert loaded([types, user, made[1]]).problems != ()


def test_a_definition_counts_once_no_other_file_has_it_before():
    first = "tasks: {t: {flow: {a: {type: shell, cmd: 'true'}}}}\n"
    second = "tasks: {t: {flow: {a: {type: shell, cmd: 'echo {{ input.nothing }}'}}}, u: {flow: {a: {type: sleep, duration: 1s}}}}\n"
    check([([first, second], True), (["", second], True), ([first, second], True)])
    assert loaded(["", second]).problems != ()


def test_only_what_has_changed_is_read_again():
    load_cache = LoadCache()
    first = loaded([TEXTS[1], TEXTS[3]], load_cache)
    second = loaded([TEXTS[1], TEXTS[3] + "# changed\n"], load_cache)
    assert second.snapshot.actions["greet"] is first.snapshot.actions["greet"]
    assert second.snapshot.tasks["hello"] is not first.snapshot.tasks["hello"]


def test_what_is_not_used_any_more_is_let_go():
    load_cache = LoadCache()
    loaded(TEXTS[:4], load_cache)
    loaded([TEXTS[1]], load_cache)
    assert len(load_cache._now) == 1
    assert load_cache._before == {}
