import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.language.sources import SourceFile
from gitflow.definitions.checks.expressions import KINDS, findings_of
from gitflow.definitions.loader import load

HEAD = """
secrets:
  TOKEN: "{{ env.TOKEN }}"
actions:
  greet:
    type: shell
    cmd: echo "{{ input.name }}"
    input: {name: {type: string, required: true}, loud: {type: boolean, default: false}}
    output: {greeting: {type: string}}
  free:
    type: shell
    cmd: "true"
"""

TASK = """
tasks:
  t:
    input: {name: {type: string, required: true}, note: {type: string}, data: {type: object, required: true}}
    flow:
      first: {action: greet, input: {name: "{{ input.name }}"}}
      any-thing: {action: free, depends_on: [first]}
      looped: {action: greet, for_each: [1, 2], input: {name: "{{ each.item }}"}, depends_on: [any-thing]}
      aside: {action: free}
"""


def problems(text):
    loaded = load(
        [SourceFile(".workflows/a.yaml", text.encode())], workspace="w", revision="r", has_file=lambda path: True
    )
    return loaded.problems


def of_step(step, before=TASK):
    """The problems of one more step, which comes after ``looped``."""
    body = textwrap.indent(textwrap.dedent(step).strip(), " " * 8)
    return problems(f"{HEAD}{before}      last:\n{body}\n")


def of_value(template, needs="[looped]"):
    """The problems of a template in the input of a step."""
    quoted = template.replace("'", "''")
    return of_step(f"type: shell\ncmd: 'true'\ndepends_on: {needs}\ninput: {{x: '{quoted}'}}")


def said(found):
    return [(problem.rule, problem.message, problem.hint) for problem in found]


def test_what_is_right_has_no_problems():
    assert problems(HEAD + TASK) == ()


@pytest.mark.parametrize(
    "template",
    [
        "{{ input.name }} {{ input.data.anything[0].goes }}",
        "{{ input.note | default('') }}",
        "{{ first.output.greeting }} {{ first.status }} {{ first.error }}",
        "{{ any_thing.output.whatever.there }}",
        "{{ looped.output[0].greeting }} {{ looped.output | length }}",
        "{{ secret.TOKEN }} {{ secret.NONE | default(1) }}",
        "{{ job.id }} {{ job.created_at }} {{ job.attempt }}",
        "{{ nobody | default(1) }} {{ nobody is defined }}",
        "{{ nobody.x if nobody is defined else 1 }}",
        "{{ first.output.nope | default(1) }}",
        "{{ aside | default(1) }}",
        "{% for a in input.data %}{{ a.b }}{{ loop.index }}{% endfor %}{% set q = 1 %}{{ q }}",
        "{% macro f(x) %}{{ x }}{% endmacro %}{{ f(1) }}",
        "{{ range(3) | map('string') | join(',') }}",
        "{{ none }}{{ true }}{{ null }}",
        "{# nobody #}{% raw %}{{ nobody }}{% endraw %}",
    ],
)
def test_a_template_over_what_is_there_is_fine(template):
    assert said(of_value(template)) == []


@pytest.mark.parametrize(
    ("template", "rule", "message", "hint"),
    [
        (
            "{{ nobody }}",
            "unknown-name",
            '"nobody" is not defined here',
            "declare it under `input` and write input.nobody, or write the name of a step",
        ),
        ("{{ frist.output }}", "unknown-name", '"frist" is not defined here', 'did you mean "first"?'),
        ("{{ input.nam }}", "unknown-input", '"input.nam" is not a declared input', 'did you mean "input.name"?'),
        (
            "{{ input.nam | upper }}",
            "unknown-input",
            '"input.nam" is not a declared input',
            'did you mean "input.name"?',
        ),
        (
            "{{ input.nam.x | default(1) }}",
            "unknown-input",
            '"input.nam" is not a declared input',
            'did you mean "input.name"?',
        ),
        ("{{ input.name.x }}", "unknown-input", '"input.name" is of type string and has no member "x"', ""),
        (
            "{{ aside.output.x }}",
            "not-upstream",
            'step "last" uses "aside" but does not wait for it',
            'add "aside" to its depends_on',
        ),
        ("{{ last.output }}", "not-upstream", 'step "last" cannot use its own result', ""),
        (
            "{{ first.output.greting }}",
            "undeclared-output",
            'step "first" declares no output "greting"',
            'did you mean "first.output.greeting"?',
        ),
        (
            "{{ looped.output[0].greting }}",
            "undeclared-output",
            'step "looped" declares no output "greting"',
            'did you mean "looped.output[0].greeting"?',
        ),
        ("{{ first.outptu }}", "unknown-name", '"first" has no member "outptu"', 'did you mean "first.output"?'),
        ("{{ job.name }}", "unknown-name", '"job" has no member "name"', ""),
        ("{{ secret.TOKN }}", "unknown-secret", 'there is no secret "TOKN"', 'did you mean "secret.TOKEN"?'),
        ("{{ each.item }}", "each-outside-loop", '"each" is not defined here', 'only a step with "for_each" has it'),
        ("{{ hook.job_id }}", "unknown-name", '"hook" is not defined here', "only the input of a hook has it"),
        ("{{ env.HOME }}", "unknown-name", '"env" is not defined here', "only secrets can use the environment"),
        ("{{ input.name | uper }}", "unknown-filter", 'there is no filter "uper"', 'did you mean "upper"?'),
        ("{{ input.name is strng }}", "unknown-test", 'there is no test "strng"', 'did you mean "string"?'),
        ("{{ rang(3) }}", "unknown-function", 'there is no function "rang"', 'did you mean "range"?'),
        (
            "{{ now() }}",
            "unknown-function",
            'there is no function "now"',
            "write job.created_at for the time of the job",
        ),
        (
            "{% for a in input.lst %}{{ a }}{% endfor %}",
            "unknown-input",
            '"input.lst" is not a declared input',
            "declare it under `input`, as `lst: {type: string}`",
        ),
        (
            "{{ steps.first.output }}",
            "unknown-name",
            '"steps" is not defined here',
            "write the name of the step alone, such as build.output",
        ),
        ("{{ item }}", "unknown-name", '"item" is not defined here', "write each.item"),
        (
            "{{ input.note }}",
            "optional-input",
            '"input.note" is undefined if it is not given: it is not required and has no default',
            'write input.note | default("")',
        ),
    ],
)
def test_a_template_over_what_cannot_be_there_is_named(template, rule, message, hint):
    assert said(of_value(template)) == [(rule, message, hint)]


@pytest.mark.parametrize(
    ("template", "hint"),
    [
        ("{{ input.name", 'close it with `}}`; two braces that are meant are written {{ "{{" }}'),
        ("{{ .Names }}", 'write {{ "{{" }} for literal braces'),
        ("{{ input.name && true }}", "use and, or, not"),
        ("{% if input.name %}", ""),
        ("{{ }}", ""),
    ],
)
def test_a_template_that_cannot_be_read_says_so(template, hint):
    (found,) = of_value(template)
    assert (found.rule, found.hint) == ("template-syntax", hint)


def test_a_problem_stands_where_the_name_stands():
    (found,) = of_step("type: shell\ncmd: 'true'\ninput:\n  x: ab {{ 1 + nobody }}")
    line = (HEAD + TASK).count("\n") + 5
    assert (found.line, found.column) == (line, len("          x: ab {{ 1 + ") + 1)


def test_every_problem_of_a_text_is_reported_at_once():
    rules = [p.rule for p in of_value("{{ a }}{{ b | c }}{{ input.d }}")]
    assert rules == ["unknown-name", "unknown-name", "unknown-filter", "unknown-input"]


def test_a_step_further_up_the_flow_is_upstream_too():
    assert of_value("{{ first.output.greeting }}", needs="[{any: [aside, {all: [looped]}]}]") == ()


def test_a_condition_is_checked_with_and_without_braces():
    for when in ("input.nam == 1", "'{{ input.nam == 1 }}'"):
        assert [p.rule for p in of_step(f"action: free\nwhen: {when}")] == ["unknown-input"]
    assert [p.rule for p in of_step("action: free\nwhen: '{{ input.name }} and true'")] == ["template-syntax"]


def test_conditions_and_loops_see_no_secrets_and_a_list_no_items():
    assert [p.rule for p in of_step("action: free\nwhen: secret.TOKEN")] == ["unknown-name"]
    assert [p.rule for p in of_step("action: free\nfor_each: secret.TOKEN")] == ["unknown-name"]
    assert [p.rule for p in of_step("action: free\nfor_each: ['{{ each.item }}']")] == ["each-outside-loop"]
    assert of_step("type: shell\ncmd: 'true'\nfor_each: input.data.list\ninput: {x: '{{ each.index }}'}") == ()


def test_an_inline_action_sees_its_step_with_its_own_values_over_the_input():
    step = "type: shell\ndepends_on: [first]\ninput: {mine: 1}\ncmd: echo {{ %s }}"
    assert of_step(step % "input.mine") == ()
    assert of_step(step % "first.output.greeting") == ()
    assert [p.rule for p in of_step(step % "input.min")] == ["unknown-input"]
    assert [p.rule for p in of_step("type: shell\ncmd: echo\nenv: {A: '{{ nobody }}'}")] == ["unknown-name"]
    assert [p.rule for p in of_step("type: http\nurl: 'http://x/{{ nobody }}'")] == ["unknown-name"]


def test_a_named_action_sees_only_its_input_secrets_and_job():
    action = "\n  mine: {type: shell, cmd: 'echo {{ %s }}', input: {a: {required: true}}}"
    for name, rules in {"input.a": [], "secret.TOKEN": [], "job.id": [], "input.name": ["unknown-input"]}.items():
        assert [p.rule for p in problems(HEAD + action[1:] % name + TASK)] == rules
    assert [p.rule for p in problems(HEAD + action[1:] % "first.output" + TASK)] == ["unknown-name"]


def test_programs_are_no_templates():
    assert of_step("type: python\ncode: print('{{ nobody }} {%')") == ()


def test_the_output_of_a_task_sees_every_step_and_no_secrets():
    assert problems(HEAD + TASK + "    output: {a: '{{ aside.output.x }}'}\n") == ()
    assert [p.rule for p in problems(HEAD + TASK + "    output: '{{ secret.TOKEN }}'\n")] == ["unknown-name"]


def test_a_concurrency_group_sees_the_input_alone():
    assert problems(HEAD + TASK + "    concurrency: {group: 'g-{{ input.name }}'}\n") == ()
    assert [p.rule for p in problems(HEAD + TASK + "    concurrency: {group: 'g-{{ job.id }}'}\n")] == ["unknown-name"]


def test_hooks_see_hook_and_never_steps():
    hook = "    on_error: [{action: greet, input: {name: '{{ %s }}'}}]\n"
    assert problems(HEAD + TASK + hook % "hook.error_message") == ()
    assert [p.rule for p in problems(HEAD + TASK + hook % "hook.error_mesage")] == ["unknown-name"]
    assert [p.rule for p in problems(HEAD + TASK + hook % "first.output")] == ["unknown-name"]
    assert problems(HEAD + TASK + (hook % "hook.task_name").lstrip()) == ()


def test_secrets_see_the_environment_and_files():
    assert problems('secrets: {A: "{{ env.A }}", B: {c: "{{ file(\'/x\') | trim }}"}}') == ()
    assert [p.rule for p in problems("secrets: {A: '{{ input.a }}'}")] == ["unknown-name"]
    assert [p.rule for p in problems("secrets: {A: '{{ fiel(1) }}'}")] == ["unknown-function"]


def test_a_task_that_a_webhook_starts_may_use_the_request():
    trigger = "triggers:\n  w: {type: webhook, name: w, secret: s, task: t, input: {name: '{{ input.body.name }}'}}\n"
    step = "      last: {type: shell, cmd: 'true', input: {x: '{{ input.body.name }} {{ input.query }}'}}\n"
    assert [p.rule for p in problems(HEAD + TASK + step)] == ["unknown-input", "unknown-input"]
    assert [p for p in problems(HEAD + TASK + step + trigger) if "body" in p.message or "query" in p.message] == []


def test_a_flow_with_a_cycle_is_checked_too():
    cycle = TASK + "      a: {action: free, depends_on: [b]}\n      b: {action: free, depends_on: [a]}\n"
    found = of_step("type: shell\ncmd: echo {{ aside.output }}\ndepends_on: [a]", before=cycle)
    assert "not-upstream" in [p.rule for p in found]


def test_a_long_chain_is_followed_to_its_beginning():
    steps = [f"      s{at}: {{action: free, depends_on: [{f's{at - 1}' if at else 'first'}]}}\n" for at in range(100)]
    step = "type: shell\ncmd: echo {{ %s.status }}\ndepends_on: [s99]"
    assert of_step(step % "first", before=TASK + "".join(steps)) == ()
    assert [p.rule for p in of_step(step % "aside", before=TASK + "".join(steps))] == ["not-upstream"]


@pytest.mark.parametrize(
    ("step", "rule", "column"),
    [
        ("type: shell\ncmd: echo {{ input.name", "shell-unclosed", 19),
        ("type: http\nurl: http://a/{{ input.name", "template-syntax", 23),
        ("type: shell\ncmd: ls\nenv: {NAME: 'a {{ input.name'}", "template-syntax", 24),
    ],
)
def test_an_unclosed_expression_is_one_problem_at_its_braces(step, rule, column):
    assert [(p.rule, p.column) for p in of_step(step)] == [(rule, column)]


@given(st.text(alphabet="{}%#-+ ax.|'\"[]()\n1=", max_size=40), st.sampled_from(KINDS))
def test_any_text_is_answered(text, kind):
    for fault in findings_of(text, kind).faults:
        assert 0 <= fault.offset <= len(text)


@pytest.mark.parametrize(
    ("trigger", "known", "unknown"),
    [
        ("type: scheduler, cron: '0 0 * * *'", "event.scheduled_at", "input.name"),
        ("type: scheduler, cron: '0 0 * * *'", "event.trigger", "event.schedule_at"),
        ("type: push", "event.revision", "body.ref"),
        ("type: push", "event.paths[0]", "event.path"),
        ("type: event, 'on': {task: u}", "event.output.name", "event.outputs.name"),
        ("type: event, 'on': {task: u}", "event.labels.a", "event.data.name"),
        ("type: event, 'on': {type: com.example.made}", "event.data.name", "headers.host"),
        ("type: webhook, name: w, secret: s", "input.body.name ~ method", "event.name"),
    ],
)
def test_the_input_of_a_trigger_sees_what_its_type_brings(trigger, known, unknown):
    def found(name):
        given = f"{{name: '{{{{ {name} }}}}', data: {{}}}}"
        other = "  u: {flow: {a: {action: free}}}\n"
        return problems(f"{HEAD}{TASK}{other}triggers:\n  x: {{{trigger}, task: t, input: {given}}}\n")

    assert found(known) == ()
    [problem] = found(unknown)
    assert problem.rule == "unknown-name"
