"""Walks through a tree: by the table of parts, they meet every record that is in it."""

import pytest

from gitflow.core.record import Record
from gitflow.definitions.shell import nodes, parsers
from gitflow.definitions.shell.carriers import Carriers
from gitflow.definitions.shell.variants import with_variants

SCRIPTS = [
    'x=${y:-"$(echo `z` <(cat f) "$u")"}; a=(1 "$x"); a[$x]=$((x + 1))',
    'for i in a "$x"; do echo "$i" >"$f"; done <<EOF\n$x $(echo $y)\nEOF',
    'case "$x" in a"$y") echo "$z" ;; *) $u b ;; esac >>f; select j in $l; do echo; done',
    'f() { export y="$x"; [[ $x == "$y" && -n $z ]]; }; f "$x" | tee >(cat) 2>&1; (cd "$x"; f) <f',
    "while read -r line; do echo \"${line%%'$x'*}\"; done < <(env | sort); cat <<'EOF'\n$x\nEOF",
    "if [ -n \"$x\" ]; then declare -i n=$x; fi; $u trap 'eval $x' EXIT; ((n++)); echo {a,$x} ~/$x*",
]


def records_of(thing):
    """Every record, found without the table."""
    if isinstance(thing, Record):
        yield thing
    parts = [getattr(thing, name) for name in thing.__match_args__] if isinstance(thing, Record) else thing
    for part in parts:
        if isinstance(part, (Record, tuple)):
            yield from records_of(part)


@pytest.fixture(scope="module")
def trees():
    read = parsers.read_all([("bash", script) for script in SCRIPTS])
    variants = [with_variants(tree) for tree in read.values()]
    return [*read.values(), *variants, *(Carriers(tree).tree for tree in variants)]


def test_every_record_of_a_tree_is_met_in_order(trees):
    for tree in trees:
        assert list(map(id, nodes.records_in(tree, Record))) == list(map(id, records_of(tree)))


def test_the_trees_hold_every_kind_of_record(trees):
    assert {type(each) for tree in trees for each in nodes.records_in(tree, Record)} == set(nodes.PARTS)


def test_a_change_reaches_every_record_and_leaves_the_rest_as_it_is(trees):
    def upper(node):
        if isinstance(node, nodes.Text):
            return nodes.Text(node.text.upper(), node.quoted, node.several)
        return nodes.mapped(node, upper)

    for tree in trees:
        texts = [each.text.upper() for each in records_of(tree) if isinstance(each, nodes.Text)]
        assert [each.text for each in records_of(upper(tree)) if isinstance(each, nodes.Text)] == texts
        assert nodes.mapped(tree, lambda part: part) is tree
