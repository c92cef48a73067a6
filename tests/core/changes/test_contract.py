# ruff: noqa: E501
"""Which callers a change of a contract breaks: those that called before, call now, and no longer provably fit."""

from __future__ import annotations

import pytest
from comparing import broken, changes

from gitflow.core.changes.records import Change

CLIENTS = "outside API and command line"


def callee(field: str, caller: str, more: str = "") -> str:
    """A task ``t`` whose input ``v`` is as said, and a task ``p`` that gives it a value as a child."""
    return f"""
tasks:
  t: {{input: {{v: {{{field}}}}}, flow: {{a: {{type: shell, cmd: ls}}}}}}
  p:
    input: {{s: {{type: string, default: x}}, n: {{type: integer, default: 1}}, o: {{type: string, options: [a, b], default: a}},
            r: {{type: integer, minimum: 2, maximum: 4, default: 3}}, q: {{type: string, pattern: 'v[0-9]+', default: v1}},
            d: {{type: date, default: 2026-01-31}}, b: {{type: boolean, default: true}}, z: {{type: string, default: null}}}}
    flow:
      known: {{type: shell, cmd: ls, output: {{image: {{type: string, required: true}}, size: {{type: integer, required: true}}}}}}
      open: {{type: shell, cmd: ls}}
      child: {{type: task, task: t, depends_on: [known, open]{caller}}}
{more}"""


def of(found, name: str = "t") -> Change:
    return next(change for change in found.changes if change.name == name)


#: (field before, field after, what the child's step gives, whether it breaks).
CHANGES = {
    "an option goes that nobody gives": ("options: [a, b, c]", "options: [a, b]", ", input: {v: a}", False),
    "an option goes that is given": ("options: [a, b, c]", "options: [a, b]", ", input: {v: c}", True),
    "an option goes, and the value has the same options": ("options: [a, b, c]", "options: [a, b]", ", input: {v: '{{ input.o }}'}", False),
    "an option goes that the value has": ("options: [a, b, c]", "options: [b, c]", ", input: {v: '{{ input.o }}'}", True),
    "an option goes, and the value is any text": ("options: [a, b, c]", "options: [a, b]", ", input: {v: '{{ input.s }}'}", True),
    "options come, and others are allowed": ("type: string", "type: string, options: [a], allow_custom: true", ", input: {v: '{{ input.s }}'}", False),
    "a text becomes a number, and one is given": ("type: string", "type: integer", ", input: {v: 3}", False),
    "a text becomes a number, and a number is passed on": ("type: string", "type: integer", ", input: {v: '{{ input.n }}'}", False),
    "a text becomes a number, and a text is passed on": ("type: string", "type: integer", ", input: {v: '{{ input.s }}'}", True),
    "a text becomes a number, and a count is given": ("type: string", "type: integer", ", input: {v: '{{ input.s | length }}'}", False),
    "a text becomes a number, and the output is a number": ("type: string", "type: integer", ", input: {v: '{{ known.output.size }}'}", False),
    "a text becomes a number, and the output is a text": ("type: string", "type: integer", ", input: {v: '{{ known.output.image }}'}", True),
    "a text becomes a number, and of the output nothing is known": ("type: string", "type: integer", ", input: {v: '{{ open.output.x }}'}", True),
    "a text becomes a number, with a default for what is missing": ("type: string", "type: integer", ", input: {v: '{{ input.n | default(3) }}'}", False),
    "a text becomes a number, with a text for what is missing": ("type: string", "type: integer", ", input: {v: '{{ input.n | default(\"x\") }}'}", True),
    "a number becomes a text": ("type: integer", "type: string", ", input: {v: '{{ input.n }}'}", False),
    "a date becomes a text": ("type: date", "type: string", ", input: {v: '{{ input.d }}'}", False),
    "a text becomes true or false": ("type: string", "type: boolean", ", input: {v: '{{ input.b }}'}", False),
    "a value becomes a list": ("type: string", "type: string, multiple: true", ", input: {v: '{{ input.s }}'}", True),
    "a least value that the value keeps": ("type: integer", "type: integer, minimum: 2", ", input: {v: '{{ input.r }}'}", False),
    "a least value that the value may not keep": ("type: integer", "type: integer, minimum: 3", ", input: {v: '{{ input.r }}'}", True),
    "a most value that the value keeps": ("type: number", "type: number, maximum: 4", ", input: {v: '{{ input.r }}'}", False),
    "a most length": ("type: string", "type: string, maximum: 9", ", input: {v: '{{ input.s }}'}", True),
    "a most length that a known value keeps": ("type: string", "type: string, maximum: 9", ", input: {v: short}", False),
    "a pattern that the value has as well": ("type: string", "type: string, pattern: 'v[0-9]+'", ", input: {v: '{{ input.q }}'}", False),
    "a pattern that a known value matches": ("type: string", "type: string, pattern: 'v[0-9]+'", ", input: {v: v17}", False),
    "a pattern, and other text around the value": ("type: string", "type: string, pattern: 'v[0-9]+'", ", input: {v: 'v{{ input.n }}'}", True),
    "two attributes change, and together they fit": ("type: integer, maximum: 100", "type: string, maximum: 3", ", input: {v: 50}", False),
    "it became required, and is given": ("type: string", "type: string, required: true", ", input: {v: a}", False),
    "it became required, and is not given": ("type: string", "type: string, required: true", "", True),
    "it became required, and may be null": ("type: string", "type: string, required: true", ", input: {v: '{{ input.z }}'}", True),
    "it became required, and has a default": ("type: string", "type: string, required: true, default: x", "", False),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_a_child_task_breaks_when_its_value_is_not_sure_to_be_taken(case):
    before, after, caller, breaks = CHANGES[case]
    found = of(changes(callee(before, caller), callee(after, caller)))
    who = {name for names in broken(found).values() for name in names} - {CLIENTS}
    assert who == ({"task p"} if breaks else set())


@pytest.mark.parametrize("case", [case for case in CHANGES if "becomes" not in case and "together" not in case])
def test_what_only_widens_breaks_nobody(case):
    before, after, caller, _ = CHANGES[case]
    assert broken(of(changes(callee(after, caller), callee(before, caller)))) == {}


def test_a_caller_that_is_changed_so_that_it_fits_is_not_broken():
    found = changes(callee("type: string", ", input: {v: '{{ input.s }}'}"), callee("type: integer", ", input: {v: 3}"))
    assert broken(of(found)) == {}
    assert of(found).is_contract


def test_a_new_caller_is_not_broken():
    before = callee("type: string", "").replace("child: {type: task, task: t,", "child: {type: shell, cmd: ls,")
    assert broken(of(changes(before, callee("type: integer", ", input: {v: '{{ input.s }}'}")))) == {}


def test_a_new_required_input_breaks_whoever_does_not_give_it_and_every_client_outside():
    triggers = """
triggers:
  n: {type: scheduler, cron: '@daily', task: t}
  w: {type: webhook, name: w, task: t, input: {v: '{{ input.body.v }}'}}
"""
    before = callee("type: string", "", triggers)
    after = before.replace("v: {type: string}", "v: {type: string}, new: {type: string, required: true}")
    assert broken(of(changes(before, after))) == {"input.new": ["task p", "trigger n", "trigger w", CLIENTS]}


def test_an_input_that_goes_breaks_those_who_give_it():
    more = "triggers: {n: {type: scheduler, cron: '@daily', task: t, input: {v: x}}}"
    before = callee("type: string", ", input: {v: a}", more)
    found = of(changes(before, before.replace("v: {type: string}", "")))
    assert broken(found) == {"input.v": ["task p", "trigger n"]}


def test_without_a_caller_that_no_longer_fits_a_change_is_contract():
    before = callee("type: string", "")
    for after in ("type: integer", "type: string, options: [a]", "type: string, pattern: 'a'"):
        found = of(changes(before, callee(after, "")))
        assert (found.is_breaking, found.is_contract) == (False, True)
    widened = of(changes(callee("type: integer", ""), before))
    assert (widened.is_breaking, widened.is_contract) == (False, False)


def test_a_default_that_goes_is_contract():
    found = of(changes(callee("type: string, default: x", ""), callee("type: string", "")))
    assert (found.is_breaking, found.is_contract) == (False, True)


def test_the_body_of_a_webhook_is_whatever_its_sender_makes_of_it():
    text = """
tasks:
  t: {input: {v: {%s}, method: {type: string}}, flow: {a: {type: shell, cmd: ls}}}
triggers:
  w: {type: webhook, name: w, task: t, input: {v: '{{ input.body.v }}'}}
"""
    found = of(changes(text % "type: string", text % "type: string, options: [a, b]"))
    assert broken(found) == {"input.v.options": ["trigger w"]}


def test_a_key_of_the_request_that_is_declared_breaks_its_sender():
    text = """
tasks:
  t: {input: {body: {%s}}, flow: {a: {type: shell, cmd: ls}}}
triggers:
  w: {type: webhook, name: w, task: t}
"""
    found = of(changes(text % "type: object", text % "type: object, required: true"))
    assert broken(found) == {"input.body.required": [CLIENTS]}
    assert broken(of(changes(text % "type: string", text % "type: integer"))) == {
        "input.body.type": ["outside sender of webhook w"]
    }


OUTPUT = """
actions:
  make: {type: shell, cmd: ls%s}
tasks:
  t:
    input: {n: {type: integer, default: 1}}
    flow:
      m: {action: make}
      use: {type: shell, depends_on: [m], cmd: 'echo %s'}
      give: {type: task, task: u, depends_on: [m], input: {v: '{{ m.output.size }}'}}
    output: {size: '{{ m.output.size }}'}
  u: {input: {v: {type: integer}}, flow: {a: {type: shell, cmd: ls}}}
  parent:
    flow:
      c: {type: task, task: t}
      d: {type: shell, depends_on: [c], cmd: 'echo {{ c.output.size }}'}
triggers:
  after: {type: event, on: {task: t}, task: u, input: {v: '{{ event.output.size }}'}}
"""
BOTH = ", output: {image: {type: string, required: true}, size: {type: integer, required: true}}"
SIZE = ", output: {size: {type: integer, required: true}}"


def test_an_output_that_goes_breaks_its_readers():
    text = OUTPUT.replace("%s'", "{{ m.output.image }}'")
    found = of(changes(text % BOTH, text % SIZE), "make")
    assert broken(found) == {"output.image": ["task t"]}
    guarded = OUTPUT.replace("%s'", "{{ m.output.image | default(1) }}'")
    assert broken(of(changes(guarded % BOTH, guarded % SIZE), "make")) == {}


def test_an_output_of_another_type_breaks_the_field_that_takes_it():
    text = OUTPUT.replace("%s'", "{{ m.output.size }}'")
    found = of(changes(text % SIZE, text % SIZE.replace("integer", "string")), "make")
    assert broken(found) == {"output.size.type": ["task t"]}
    assert broken(of(changes(text % SIZE, text % SIZE.replace("integer", "number")), "make")) == {
        "output.size.type": ["task t"]
    }


def test_the_output_of_a_job_is_read_by_parents_and_by_triggers_on_its_end():
    text = OUTPUT.replace("%s'", "x'") % SIZE
    found = of(changes(text, text.replace("output: {size: '{{ m.output.size }}'}", "output: {other: 1}")))
    assert broken(found) == {"output.size": ["task parent", "trigger after"]}
    typed = of(
        changes(text, text.replace("output: {size: '{{ m.output.size }}'}", "output: {size: 'a {{ m.output.size }}'}"))
    )
    assert broken(typed) == {"output.size": ["trigger after"]}


def test_what_is_removed_breaks_those_who_still_name_it():
    text = """
actions: {make: {type: shell, cmd: ls}}
tasks:
  t: {flow: {a: {action: make}}}
  u: {flow: {a: {type: task, task: t}, b: {type: shell, cmd: 'echo {{ secret.S }}'}}}
secrets: {S: '{{ env.S }}'}
triggers: {n: {type: push, task: t}}
"""
    assert broken(of(changes(text, text.replace("actions: {make: {type: shell, cmd: ls}}", "")), "make")) == {
        "used_by": ["task t"]
    }
    assert broken(of(changes(text, text.replace("  t: {flow: {a: {action: make}}}\n", "")), "t")) == {
        "used_by": ["task u", "trigger n"]
    }
    assert broken(of(changes(text, text.replace("secrets: {S: '{{ env.S }}'}\n", "")), "S")) == {"used_by": ["task u"]}


def test_a_connection_breaks_when_its_type_asks_for_more():
    text = "connection_types: {db: {host: {type: string%s}}}\nconnections: {main: {type: db}}\n"
    assert broken(of(changes(text % "", text % ", required: true"), "db")) == {"host.required": ["connection main"]}


def test_a_webhook_whose_filters_let_less_pass_breaks_its_sender():
    text = "tasks: {t: {flow: {a: {type: shell, cmd: ls}}}}\ntriggers: {w: {type: webhook, name: w, task: t%s}}\n"
    for before, after, breaking in (
        ("", ", events: [push]", {"events"}),
        (", events: [push]", ", events: [push, create]", set()),
        (", events: [push, create]", ", events: [push]", {"events"}),
        (", branches: [main]", "", set()),
        ("", ", when: 'true'", {"when"}),
        (", when: body.a", ", when: body.b", set()),
    ):
        found = broken(of(changes(text % before, text % after), "w"))
        assert found == {key: ["outside sender of webhook w"] for key in breaking}, (before, after)


def test_the_sender_of_a_webhook_breaks_when_it_is_no_longer_reached_or_trusted():
    text = "tasks: {t: {flow: {a: {type: shell, cmd: ls}}}}\nsecrets: {S: '{{ env.S }}'}\ntriggers: {w: {type: webhook, name: %s, task: t%s}}\n"
    sender = ["outside sender of webhook w"]
    assert broken(of(changes(text % ("a", ""), text % ("b", "")), "w")) == {"url": sender}
    signed = ", signature: github, secret: '{{ secret.S }}'"
    assert broken(of(changes(text % ("a", ""), text % ("a", signed)), "w")) == {"signature": sender, "secret": sender}
    assert broken(of(changes(text % ("a", signed), text % ("a", "")), "w")) == {"signature": sender}
    assert broken(of(changes(text % ("a", ""), text % ("a", ", methods: [POST]")), "w")) == {"methods": sender}
    assert broken(of(changes(text % ("a", ", methods: [POST]"), text % ("a", "")), "w")) == {}
