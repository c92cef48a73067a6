import json
import traceback
from collections.abc import Mapping

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gitflow.core.names import LITERALS, OPERATORS
from gitflow.core.templates import engine
from gitflow.core.templates.parse import expressions_only, parse, path_of, show_path, tokens_of, uses_in
from gitflow.core.templates.render import evaluate, render, render_expressions, to_text
from gitflow.core.templates.texts import TemplateError, is_truthy

SCOPE = {
    "input": {"name": "World", "n": 3, "big": 2**80, "yes": True, "none": None, "list": [1, {"a": "ü"}], "a-b": 1},
    "build": {"output": {"items": [5]}, "status": "completed"},
}
MARKER = "pl4nted"

NAMES = st.sampled_from(["a", "b", "items", "get", "input", "name_1"])
WHOLE = 2**53
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-WHOLE, WHOLE) | st.floats(-10, 10).filter(lambda f: f % 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
SCOPES = st.dictionaries(NAMES, JSON, min_size=1, max_size=3)
PARTS = (
    NAMES.map(lambda name: f".{name}") | st.integers(-2, 2).map(lambda at: f"[{at}]") | NAMES.map(lambda n: f"['{n}']")
)
PATHS = st.tuples(NAMES, st.lists(PARTS, max_size=3)).map(lambda path: path[0] + "".join(path[1]))


class Asked(Mapping):
    """Remembers what was looked up; to go through all of it is an error."""

    def __init__(self, members):
        self.members = members
        self.asked = set()

    def __getitem__(self, name):
        self.asked.add(name)
        return self.members[name]

    def __iter__(self):
        raise AssertionError("nobody may go through all names")

    def __len__(self):
        raise AssertionError("nobody may count the names")


def error_of(function, *arguments):
    with pytest.raises(TemplateError) as caught:
        function(*arguments)
    return str(caught.value)


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except TemplateError:
        return TemplateError


def message_of(function, *arguments):
    """What is said of it, or nothing when it goes well."""
    try:
        function(*arguments)
    except TemplateError as error:
        return "".join(traceback.format_exception(error))
    return ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ input.n }}", 3),
        ("{{input.big}}", 2**80),
        ("{{ input.big + 1 }}", 2**80 + 1),
        ("{{ input.yes }}", True),
        ("{{ input.none }}", None),
        ("{{ input.list }}", [1, {"a": "ü"}]),
        ("{{ input.list[1].a }}", "ü"),
        ("{{ input['a-b'] }}", 1),
        ("{{ input.list[-1]['a'] | upper }}", "Ü"),
        ("{{ build.output.items }}", [5]),
        ("{{ null }}", None),
        ("{{ True }}", True),
        ("{{ input.n > 2 and input.name == 'World' }}", True),
        ("{{ {'a': {'b': input.n}} }}", {"a": {"b": 3}}),
        ("{{ '}}' }}", "}}"),
    ],
)
def test_a_text_that_is_one_expression_keeps_its_type(text, value):
    rendered = render(text, SCOPE)
    assert rendered == value
    assert type(rendered) is type(value)


@pytest.mark.parametrize("also", ["", "{{ 'x' | upper }}", "{% if true %}{% endif %}"])
def test_in_longer_text_values_are_written_the_same_way_by_both_paths(also):
    text = "{{ input.yes }} {{ input.none }} {{ input.list }} {{ input.n }} {{ input.name }}\n" + also
    written = 'true  [1,{"a":"ü"}] 3 World\n'
    assert render(text, SCOPE) == written + ("X" if "upper" in also else "")


def test_nested_values_are_rendered_and_keys_are_not():
    given = {"{{ x }}": ["{{ input.n }}", {"b": "n={{ input.n }}"}, 7, None]}
    assert render(given, SCOPE) == {"{{ x }}": [3, {"b": "n=3"}, 7, None]}


def test_blocks_and_comments_work_in_ordinary_text():
    assert render("{# no #}{% for x in input.list %}<{{ x }}>{% endfor %}", SCOPE) == '<1><{"a":"ü"}>'
    assert render("{% for k, v in build.output.items() %}{{ k }}={{ v }}{% endfor %}", SCOPE) == "items=[5]"
    assert render("a {{- input.n -}} b", SCOPE) == "a3b"


def test_a_script_takes_expressions_and_leaves_everything_else():
    script = "echo ${#list} {% x %} {{ input.name }} '{{ input.n | raw }}'"
    assert render_expressions(script, SCOPE) == "echo ${#list} {% x %} World '3'"


def test_an_encoding_is_applied_to_values_inside_text_and_to_nothing_else():
    assert render("/a/{{ input.name }}?{{ input.n|string }}", SCOPE, str.upper) == "/a/WORLD?3"
    assert render("{{ input.name }}", SCOPE, str.upper) == "World"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{{ input.nam }}", '"input.nam" is not defined; did you mean "input.name"?'),
        ("x {{ input.nam | upper }}", '"input.nam" is not defined; did you mean "input.name"?'),
        ("{{ buidl.output }}", '"buidl" is not defined here; did you mean "build"?'),
        ("{{ input.name.first }}", '"input.name.first" is not defined'),
        ("{{ input.list[7] }}", '"input.list[7]" is not defined'),
        ("{{ input.x.y | default(1) }}", '"input.x" is not defined'),
        ("{{ input.n | nope }}", 'there is no filter "nope"'),
        ("{{ now() }}", 'there is no function "now"'),
        ("{{ debug() }}", 'there is no function "debug"'),
        ("{{ input.n is odd_one }}", 'there is no test "odd_one"'),
    ],
)
def test_an_error_names_the_expression_and_what_is_missing(text, sentence):
    shown = "{{" + text.split("{{")[1]
    assert error_of(render, text, SCOPE) == f'cannot evaluate "{shown}": {sentence}'


def test_default_and_is_defined_work_on_missing_members_and_names():
    assert render("{{ input.nam | default('x') }}", SCOPE) == "x"
    assert render("{{ nobody | default('x') }}", SCOPE) == "x"
    assert render("{{ nobody is defined }}", SCOPE) is False
    assert render("{{ input.nam is defined }}", SCOPE) is False
    assert render("{{ input.values | default([]) }}", SCOPE) == []


def test_only_the_names_that_are_mentioned_are_looked_up():
    scope = Asked({"a": {"b": 1}, "c": 2, "secret": Asked({"X": "x", "Y": "y"})})
    assert render("{{ a.b }}{{ c + 1 }}{{ secret.X }}{{ secret.X | upper }}", scope) == "13xX"
    assert scope.asked == {"a", "c", "secret"}
    assert scope.members["secret"].asked == {"X"}


def test_functions_of_the_scope_can_be_called():
    assert render("{{ file('a') | trim }}", {"file": lambda path: f" {path} "}) == "a"


def test_a_template_cannot_change_what_it_is_given():
    scope = {"x": {"l": [1], "o": {}}}
    for text in ("{{ x.l.append(2) }}", "{{ x.o.update({'a': 1}) }}", "{{ x.clear() }}", "{{ x.o.__class__ }}"):
        assert outcome(render, text, scope) is TemplateError
    assert scope == {"x": {"l": [1], "o": {}}}


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("input.n == 3", True),
        ("{{ input.n }}", 3),
        (" {{ input.n == 4 }} ", False),
        ("{% if input.n %}y{% endif %}", "y"),
    ],
)
def test_a_condition_is_an_expression_with_or_without_braces(condition, value):
    assert evaluate(condition, SCOPE) == value


@pytest.mark.parametrize(
    "condition", ["{{ input.yes }} and {{ input.n }}", "not {{ input.yes }}", "", "a b", "1 }} {{ 2"]
)
def test_a_condition_that_is_not_one_expression_is_refused(condition):
    assert outcome(evaluate, condition, SCOPE) is TemplateError


@pytest.mark.parametrize("value", [False, 0, 0.0, None, "", [], {}, "false", "0", "null", "none", "False", " "])
def test_what_is_false(value):
    assert not is_truthy(value)


@pytest.mark.parametrize("value", [True, 1, "no", "x", [0], {"a": None}, "00"])
def test_everything_else_is_true(value):
    assert is_truthy(value)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("{'a': [1, true, none, 'ü']} | tojson", '{"a":[1,true,null,"ü"]}'),
        ("[1] | tojson(2)", "[\n  1\n]"),
        ("""'{"a": [1]}' | fromjson""", {"a": [1]}),
        ("'é' | b64encode", "w6k="),
        ("'w6k=' | b64decode", "é"),
        ("'a' | sha256", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("'/a/b.c' | basename", "b.c"),
        ("'/a/b.c' | dirname", "/a"),
        ("[1] | raw", [1]),
        ("[true, none, [1], 'a'] | join('-')", "true--[1]-a"),
        ("[{'a': {'b': 1}}] | join('-', attribute='a.b')", "1"),
        ("true | string", "true"),
    ],
)
def test_the_filters_do_what_their_names_say(expression, value):
    assert evaluate(expression, {}) == value


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
        "{{ range(100000000) }}",
        "{{ 'x' * 100000000000 }}",
        "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}",
        "{% for i in range(9000) %}" + "x" * 50_000 + "{% endfor %}",
        "{% for i in range(900) %}{{ 'x' * 50000 }}{% endfor %}",
        "{{ 'x' * 90000 }}" * 200,
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "{{ " + "not " * 100_000 + "1 }}",
        "{{ x" + ".a" * 100_000 + " | upper }}",
        "{{ x" + ".a" * 100_000 + " }}",
        "{% if 1 %}" + "{% elif 1 %}" * 100_000 + "{% endif %}",
        "{% if 1 %}" * 400 + "{% endif %}" * 400,
        "{% include 'x' %}",
        "{{ 1e999 }}",
        "{{ {1: 2} }}",
        "{{ 2 ** 200 }}",
        "{{ range }}",
        "{{ unclosed",
        "{% unclosed",
        "{# unclosed",
        "{{ }}",
        "{{ .Names }}",
        "{{ input.n }} {{ 'é' + 1 }}",
    ],
    ids=lambda text: text[:30],
)
def test_a_hostile_or_broken_template_ends_with_an_error(text):
    assert outcome(render, text, SCOPE) is TemplateError


def test_a_condition_of_any_length_ends_with_an_error():
    assert outcome(evaluate, "not " * 100_000 + "1", {}) is TemplateError


def test_numbers_that_are_none_are_refused():
    assert outcome(render, "{{ x }}", {"x": float("nan")}) is TemplateError
    assert outcome(to_text, [float("inf")]) is TemplateError


@given(SCOPES, PATHS)
def test_the_fast_path_and_the_engine_agree(scope, path):
    def by_engine():
        try:
            return engine.evaluate("{{ " + path + " }}", scope)
        except engine.EngineError:
            return TemplateError

    fast = outcome(evaluate, path, scope)
    assert fast == by_engine()
    text = outcome(render, f"<{{{{ {path} }}}}>", scope)
    assert text == outcome(render, f"{{% if true %}}<{{{{ {path} }}}}>{{% endif %}}", scope)
    assert (text is TemplateError) == (fast is TemplateError)


@given(JSON)
def test_a_value_comes_out_as_it_went_in(value):
    assert render("{{ x }}", {"x": value}) == value
    assert evaluate("(x)", {"x": value}) == value
    assert render("{{ x }}{{ '' }}", {"x": value}) == to_text(value)


@given(JSON)
def test_text_is_json_except_for_texts_and_null(value):
    assume(not isinstance(value, str) and value is not None)
    assert json.loads(to_text(value)) == value
    assert to_text({"ü": [1, None]}) == '{"ü":[1,null]}'


OPERATIONS = st.sampled_from(
    """
    x + 1; x.foo; x.foo(); x(); x | int; x | nope; x[y]; x | attr(y) + 1; 1 / x; x | fromjson; x | b64decode
    [x] | map(y); x % y; {x: 1}; x | sum; [x, 1] | sort; x.split(1); x.index(y); z[x]; x | round; range(x)
    x | sha256 | fromjson; (x | list).index(1); x is y; x | tojson | fromjson | int; dict(x); x | format(1, 2)
    '%d' | format(x); [1] | join(x).y; z.y[x].q; x | map(y); [x] | map(attribute=y) | sum; x | items
    x | select(y); x | default(z[y]) + 1; x.a.b; z.y.x; x | basename; x | dirname; x | tojson(y); loop(x); -x
    """.strip()
    .replace("\n", ";")
    .split(";")
)
PLANTED = st.sampled_from([MARKER, [MARKER], {"k": MARKER}, [[MARKER]], f"{MARKER}.{MARKER}"])


@settings(max_examples=200)
@given(OPERATIONS, PLANTED, PLANTED, st.sampled_from(["{{ %s }}", "a {{ %s }}", "{%% if %s %%}{%% endif %%}", "%s"]))
def test_no_error_holds_a_value(expression, x, y, form):
    run = evaluate if form == "%s" else render
    assert MARKER not in message_of(run, form % expression, {"x": x, "y": y, "z": {"y": {}}})


@given(st.text(alphabet="{}%#-+ ax.|'\"[]()\n1", max_size=30))
def test_any_text_renders_or_ends_with_an_error(text):
    outcome(render, text, {"a": 1, "x": {"a": [1]}})
    outcome(evaluate, text, {"a": 1, "x": {"a": [1]}})
    outcome(render_expressions, text, {"a": 1})


@given(st.text(alphabet="ab{ }%#\n", max_size=40))
def test_text_without_expressions_stays_as_it_is(text):
    assume("{{" not in text and "{%" not in text and "{#" not in text)
    assert render(text, {}) == text


@given(PATHS)
def test_a_path_is_shown_as_it_would_be_written(path):
    assert path_of(show_path(path_of(path))) == path_of(path)


@pytest.mark.parametrize("word", sorted(LITERALS | OPERATORS))
def test_literals_and_operators_are_no_names(word):
    assert list(uses_in(word)) == []
    assert path_of(f"{word}.x") is None


def test_names_are_found_with_their_members_and_nothing_else():
    source = "input.a['b-c'][0] | replace(old=x.y, with='q.r') + range(n) ~ (s.t | default(u)) if v is not defined"
    uses = {show_path(use.path): use.guarded for use in uses_in(source)}
    assert uses == {"input.a['b-c'][0]": False, "x.y": False, "n": False, "s.t": True, "u": False, "v": True}


def test_an_expression_knows_where_it_stands():
    text = "ab {{  input.x }} {{ y|upper }}"
    assert [text[e.offset :][: len(e.source)] for e in parse(text).expressions] == ["input.x", "y|upper"]


@pytest.mark.parametrize(
    "text",
    [
        "{{ " + "'\\\"\\" * 25_000,
        '{{ "' + '\\"' * 50_000,
        '{{ " }}' + ' {{ \\" }}' * 12_500,
        "{{ '" * 25_000,
        "{% \"'" * 25_000,
    ],
)
def test_strings_without_an_end_are_looked_through_once(text):
    """With a search of its own for each quote, this takes some minutes."""
    for read in (parse, expressions_only):
        refusal = ""
        try:
            read(text)
        except TemplateError as error:
            refusal = str(error)
        assert refusal == "" or "never closed" in refusal or "longer than" in refusal or "too long" in refusal
    assert tokens_of(text)
