# ruff: noqa: E501
"""Loading from the compiled snapshot of one revision and the changed files of the next gives what loading anew gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitflow.core.language.definition import all_but_places
from gitflow.core.language.sources import SourceFile
from gitflow.definitions.cache import LoadCache
from gitflow.definitions.compiled import decode
from gitflow.definitions.loader import load
from gitflow.definitions.source.reader import Document
from gitflow.definitions.stored import remember

#: Versions of files that name each other: good ones first.
FILES = {
    "actions": ["actions: {greet: {type: shell, input: {name: {type: string, required: true}}, cmd: 'echo {{ input.name }}'}}\n",
                "\n\nactions: {greet: {type: shell, input: {name: {type: string, required: true}}, cmd: 'echo {{ input.name }}'}}\n",
                "actions: {greet: {type: shell, input: {name: {type: integer}}, cmd: 'exit {{ input.name }}'}}\n",
                "actions: {other: {type: shell, cmd: ls}}\n"],
    "task": ["tasks: {hello: {input: {x: {type: string}}, flow: {a: {action: greet, input: {name: x}}}}}\n",
             "tasks: {hello: {flow: {a: {action: greet, input: {nme: x}}}}}\n",
             "tasks: {hello: {flow: {a: {type: shell, cmd: 'eval {{ job.id }}'}}}}\n",
             "tasks: [\n"],
    "warned": ["tasks: {warn: {input: {y: {type: string}}, flow: {a: {type: shell, cmd: 'echo {{ input.y }} {{ job.id | raw }}'}}}}\n",
               "tasks: {warn: {flow: {a: {type: shell, cmd: ls}}}}\n"],
    "parent": ["tasks: {parent: {flow: {a: {type: task, task: hello}}}}\non_error: [{action: greet, input: {name: y}}]\n",
               "tasks: {parent: {flow: {a: {type: task, task: hello, input: {x: 3}}}}, hello: {flow: {b: {type: shell, cmd: ls}}}}\n"],
    "secrets": ["secrets: {TOKEN: '{{ env.TOKEN }}'}\ntasks: {third: {flow: {a: {type: shell, cmd: 'echo {{ secret.TOKEN }}'}}}}\n",
                "secrets: {OTHER: '{{ env.TOKEN }}'}\n"],
    "triggers": ["triggers: {t: {type: scheduler, cron: '0 2 * * *', task: hello}}\n",
                 "triggers: {t: {type: scheduler, cron: '0 2 * *', task: nobody}}\n"],
}  # fmt: skip


def sources(choice):
    return [SourceFile(f".workflows/{name}.yaml", texts[choice[name]].encode()) for name, texts in FILES.items()]


def loaded(files, known=None):
    return load(files, workspace="w", revision="r", has_file=lambda path: True, load_cache=known)


FIRST = sources(dict.fromkeys(FILES, 0))


def stored(files):
    """A LoadCache as another process would make it, for the files that did not change."""
    compiled = loaded(FIRST).compiled
    assert compiled
    memory = LoadCache()
    remember(memory, decode(compiled), [file for file in files if file in FIRST])
    return memory


@given(st.fixed_dictionaries({name: st.integers(0, len(texts) - 1) for name, texts in FILES.items()}))
@settings(max_examples=60, deadline=None)
def test_it_gives_what_loading_anew_gives(choice):
    files = sources(choice)
    here, anew = loaded(files, stored(files)), loaded(files)
    assert here.problems == anew.problems
    assert here.compiled == anew.compiled
    if anew.partial is not None:
        assert here.partial is not None
        assert (here.partial.broken, here.partial.unreadable) == (anew.partial.broken, anew.partial.unreadable)
        assert all_but_places(here.partial.snapshot) == all_but_places(anew.partial.snapshot)


def test_only_changed_files_and_those_with_warnings_hooks_or_secrets_are_read():
    files = sources({**dict.fromkeys(FILES, 0), "triggers": 1})
    memory, read = stored(files), list[str]()
    memory.begin()
    for file in files:
        memory.read(file, lambda one: (read.append(one.path), (Document(one.path, None), []))[1])
    assert read == [f".workflows/{name}.yaml" for name in ("warned", "parent", "secrets", "triggers")]


@pytest.mark.parametrize("name", FILES)
def test_a_problem_of_a_file_that_did_not_change_is_placed(name):
    """Its text is read again, only to say where."""
    files = [file for file in FIRST if name not in file.path]
    assert loaded(files, stored(files)).problems == loaded(files).problems
