"""What holds for every two revisions of a workspace."""

from __future__ import annotations

import copy
import json
from random import Random

from comparing import NOW, changes, side
from hypothesis import given, note, settings
from hypothesis import strategies as st

import workspaces
from gitflow.core.changes.compare import compare
from gitflow.core.changes.records import ADDED, REMOVED

#: A seed is enough: a random workspace has no smaller one that says the same.
randoms = st.integers(0, 2**32).map(Random)


def read(random, tree):
    found = side(workspaces.files(random, tree))
    assert not found.unknown
    assert not found.unreadable
    return found


@given(randoms)
@settings(max_examples=30, deadline=None)
def test_a_revision_does_not_differ_from_itself(random):
    tree = workspaces.workspace(random)
    one = read(random, tree)
    assert compare(one, one, NOW).changes == ()
    assert compare(one, read(random, tree), NOW).changes == ()


@given(randoms)
@settings(max_examples=40, deadline=None)
def test_writing_the_same_in_another_way_is_no_change(random):
    tree = workspaces.workspace(random)
    other = workspaces.respelled(random, tree)
    assert compare(read(random, tree), read(random, other), NOW).changes == ()


@given(randoms)
@settings(max_examples=60, deadline=None)
def test_a_mutation_of_one_definition_is_one_change_that_names_it(random):
    tree = workspaces.workspace(random)
    new, kind, name = workspaces.mutated(random, tree)
    note(json.dumps([kind, name, tree.get(f"{kind}s", {}).get(name), new.get(f"{kind}s", {}).get(name)]))
    found = compare(read(random, tree), read(random, workspaces.respelled(random, new)), NOW).changes
    assert [(each.kind, each.name) for each in found] == [(kind, name)]
    assert found[0].change == "changed"
    assert found[0].details
    assert found[0].summary


@given(randoms)
@settings(max_examples=30, deadline=None)
def test_a_definition_that_is_added_or_removed_is_one_change(random):
    tree = workspaces.workspace(random)
    section = random.choice(workspaces.SECTIONS)
    new = copy.deepcopy(tree)
    new[section]["fresh"] = {
        "actions": {"type": "shell", "cmd": "echo fresh"},
        "tasks": {"flow": {"only": {"type": "shell", "cmd": "echo fresh"}}},
        "triggers": {"type": "push", "task": "t0", "branches": ["fresh"]},
        "connections": {"type": "site", "host": "fresh"},
        "connection_types": {"fresh": {"type": "boolean"}},
        "secrets": "{{ env.FRESH }}",
    }[section]
    one, other = read(random, tree), read(random, new)
    for before, after, change in ((one, other, ADDED), (other, one, REMOVED)):
        found = compare(before, after, NOW).changes
        assert [(each.kind, each.name, each.change) for each in found] == [(workspaces.KIND[section], "fresh", change)]
        assert not found[0].is_breaking


@given(randoms)
@settings(max_examples=40, deadline=None)
def test_two_directions_mirror_each_other(random):
    one, other = (read(random, workspaces.workspace(random)) for _ in range(2))
    there, back = compare(one, other, NOW), compare(other, one, NOW)
    mirror = {ADDED: REMOVED, REMOVED: ADDED}

    def of(found, turned):
        return sorted(
            (each.kind, _name(each, turned), mirror.get(each.change, each.change) if turned else each.change)
            for each in found.changes
        )

    assert of(there, turned=False) == of(back, turned=True)


def _name(change, turned):
    if change.change != "renamed":
        return change.name
    old = next(detail.before for detail in change.details if detail.path == "name")
    return str([change.name, old] if turned else [old, change.name])


def test_the_order_of_details_does_not_depend_on_the_order_of_files():
    text = {"a.yaml": "tasks: {t: {flow: {a: {type: shell, cmd: ls}}}}", "b.yaml": "secrets: {S: '{{ env.S }}'}"}
    new = {"a.yaml": text["a.yaml"].replace("ls", "pwd"), "c.yaml": "secrets: {T: '{{ env.T }}'}"}
    assert changes(text, new) == changes(dict(reversed(text.items())), dict(reversed(new.items())))
