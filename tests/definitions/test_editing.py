"""A setting is changed in the text of a definition, and nothing else is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.errors import Conflict, NotFound
from gitflow.core.language.sources import SourceFile
from gitflow.definitions.editing import with_enabled
from gitflow.definitions.source.reader import read

PATH = ".workflows/a.yaml"


def edited(text: str | bytes, enabled: bool, name: str = "nightly") -> str:
    data = text if isinstance(text, bytes) else text.encode()
    path, found = with_enabled([SourceFile(PATH, data)], name, enabled)
    assert path == PATH
    return found.decode()


BLOCK = """\
# all of them
triggers:
  # at night
  nightly:  # quiet hours
    type: scheduler  # cron
    # every day
    cron: "0 3 * * *"
    task: hello

  other: {type: webhook, task: hello}
"""


def test_a_trigger_that_says_nothing_is_disabled_by_one_new_line():
    assert edited(BLOCK, False) == BLOCK.replace("# cron\n", "# cron\n    enabled: false\n")
    assert edited(BLOCK, True) == BLOCK


def test_what_was_disabled_is_enabled_where_it_says_so():
    text = BLOCK.replace("    task: hello\n", "    enabled: false   # until friday\n    task: hello\n")
    assert edited(text, True) == text.replace("false ", "true ")
    assert edited(text, False) == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "triggers: {nightly: {task: t, type: push}} # x",
            "triggers: {nightly: {task: t, type: push, enabled: false}} # x",
        ),
        ("triggers:\n  nightly: {type: push,\n    task: t}\n", None),
        ("triggers:\r\n  nightly:\r\n    type: push\r\n    task: t\r\n", None),
        (
            "triggers:\n  nightly:\n    task: t\n    type: push",
            "triggers:\n  nightly:\n    task: t\n    type: push\n    enabled: false\n",
        ),
        ("\ufefftriggers:\n  nightly:\n    type: 'push'\n    task: t\n", None),
        ('triggers:\n  "größe":\n    type: push\n    task: "ü"\n  nightly:\n    task: t\n    type: "push"\n', None),
        ("triggers:\n  nightly:\n    enabled: TRUE\n    type: push\n    task: t\n", None),
        ("triggers:\n  nightly:\n    enabled:\n      true\n    type: push\n    task: t\n", None),
        ('{"triggers": {"nightly": {"type": "push", "task": "t", "enabled": true}}}', None),
    ],
)
def test_every_layout_is_kept(text: str, wanted: str | None) -> None:
    found = edited(text, False)
    assert wanted in (None, found)
    assert read(PATH, found.encode()).value["triggers"]["nightly"]["enabled"] is False
    kept = found.replace("enabled: false", "").replace(", \n", "\n")
    assert len(kept) <= len(text) + 8
    assert found.count("\r\n") == found.count("\n") or "\r" not in found
    assert found.startswith("\ufeff") == text.startswith("\ufeff")


@pytest.mark.parametrize(
    "text",
    [
        "x-base: &base {type: push, task: t}\ntriggers: {nightly: *base}\n",
        "triggers:\n  nightly: &one {type: push, task: t}\n  other: *one\n",
        "x-on: &on true\ntriggers:\n  nightly: {type: push, task: t, enabled: *on}\n  other: {type: push, task: t}\n",
        "triggers:\n  nightly: {type: push, enabled: &on true}\n  other: {type: push, task: t, enabled: *on}\n",
        "triggers:\n  nightly:\n    ? type\n    : push\n    ? task\n    : t\n",
        "triggers:\n  nightly:\n    type: |-\n      push\n    task: t\n",
        "triggers:\n  nightly: off\n",
        "triggers:\n  nightly: {task: t}\n",
        "triggers:\n  nightly: {type: [], task: t}\n",
        "triggers:\n  nightly: {type: push, type: push, task: t}\n",
    ],
)
def test_what_cannot_be_changed_alone_is_refused_or_changed_rightly(text: str) -> None:
    before = read(PATH, text.encode()).value
    try:
        found = read(PATH, edited(text, False).encode())
    except Conflict:
        return
    assert found.problems == ()
    assert found.value == {
        **before,
        "triggers": {**before["triggers"], "nightly": {**before["triggers"]["nightly"], "enabled": False}},
    }


def test_a_trigger_that_is_not_there_or_lies_in_an_encrypted_or_test_file_is_not_found() -> None:
    for name in ("a.sops.yaml", "a.test.yaml", "policy.yaml", "a.yaml"):
        data = b"triggers: {nightlys: {type: push}}" if name == "a.yaml" else b"triggers: {nightly: {type: push}}"
        with pytest.raises(NotFound):
            with_enabled([SourceFile(f".workflows/{name}", data)], "nightly", False)


_TEXTS = st.text(st.sampled_from("ab \"'#:-{},\n\u00fc\U0001f600"), max_size=8)
_TRIGGERS = st.dictionaries(
    st.sampled_from(["type", "task", "enabled", "cron", "description"]),
    _TEXTS | st.booleans() | st.lists(_TEXTS),
    min_size=1,
)


@st.composite
def layouts(draw: st.DrawFn) -> str:
    """A file with some triggers, each in block or in flow style, with comments and blank lines between."""
    lines = [draw(st.sampled_from(["", "# first", "x-a: 1"])), "triggers:"]
    for name in ["nightly", *draw(st.lists(st.sampled_from(["a", "b"]), unique=True, max_size=2))]:
        members = {**draw(_TRIGGERS), "type": draw(st.sampled_from(["push", "webhook"]))}
        members["enabled"] = draw(st.booleans())
        if draw(st.booleans()):
            del members["enabled"]
        written = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in members.items()]
        if draw(st.booleans()):
            lines.append(f"  {name}: {{{', '.join(written)}}}{draw(st.sampled_from(['', ' # x']))}")
        else:
            indent = " " * draw(st.integers(3, 6))
            lines += [f"  {name}:", *(f"{indent}{each}{draw(st.sampled_from(['', '  # y']))}" for each in written)]
        lines += draw(st.lists(st.sampled_from(["", "  # z"]), max_size=2))
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


@given(layouts(), st.booleans())
def test_the_result_says_the_same_but_for_the_setting_and_keeps_every_line(text: str, enabled: bool) -> None:
    before = read(PATH, text.encode())
    assert before.problems == ()
    found = edited(text, enabled)
    after = read(PATH, found.encode()).value
    wanted = {**before.value["triggers"]["nightly"], "enabled": enabled}
    assert {"enabled": True, **after["triggers"]["nightly"]} == wanted
    rest = {**after, "triggers": {**after["triggers"], "nightly": None}}
    assert rest == {**before.value, "triggers": {**before.value["triggers"], "nightly": None}}
    old, new = text.splitlines(), found.splitlines()
    changed = [line for line in old if line not in new]
    assert len(changed) <= 1
    assert len(new) - len(old) <= 1
