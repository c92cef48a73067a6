"""What a script becomes, and what is refused with which advice."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.problems import Severity
from gitflow.definitions.shell.safety import prepare, read_scripts

REFUSED = {
    "shell-arithmetic": [
        "echo $((1+{{ x }}))",
        "echo $[{{ x }}]",
        'echo "$((\n{{ x }}))"',
        "cat <<EOF\n$(( {{ x }} ))\nEOF",
        "echo $(( $(echo {{ x }}) ))",
        'echo "$[1+{{ x }}]"',
    ],
    "shell-dialect": [
        "(( {{ x }} ))",
        "for ((i={{ x }};;)); do :; done",
        "echo $'a{{ x }}'",
        "[[ {{ x }} == a ]]",
        "a+={{ x }}",
        "a=({{ x }})",
        "cat <(echo {{ x }})",
        'B:echo $"{{ x }}"',
        "cat <<<{{ x }}",
        "declare x={{ x }}",
        "source {{ x }}",
        "let a={{ x }}",
    ],
    "shell-subscript": ["echo ${a[{{ x }}]}", "B:a[{{ x }}]=1", "B:a=([{{ x }}]=1)"],
    "shell-expansion": [
        "echo ${a:={{ x }}}",
        "echo ${a/b/{{ x }}}",
        "echo \"${a:-'{{ x }}'}\"",
        'echo "${a:-"{{ x }}"}"',
    ],
    "shell-numeric-test": ["B:[[ $a -eq {{ x }} ]]", "B:[[ {{ x }} -lt 3 && a == b ]]"],
    "shell-variable-test": ["B:[[ -v {{ x }} ]]", "test -v {{ x }}", "[ -v {{ x }} ]", "B:[[ a == b || -R {{ x }} ]]"],
    "shell-test-shape": ["[ {{ x }} = a -o {{ x }} = b ]", "test {{ x }} {{ y }}", "[ {{ x }} = a -a b = c ]"],
    "shell-dollar": ["echo ${{ x }}", 'echo "${{ x }}"'],
    "shell-command-name": [
        "{{ x }}=1",
        "é={{ x }}",
        "{{ x }} a",
        "echo a; {{ x }}",
        "sudo {{ x }}",
        "exec {{ x }}",
        "env A=1 {{ x }}",
        "timeout 5 {{ x }}",
        "command {{ x }} a",
        "echo $({{ x }})",
        "./bin/{{ x }} a",
        "nice -n 5 {{ x }}",
        "sudo -u bob -- {{ x }}",
        "find . -exec {{ x }} \\;",
        "echo a | xargs {{ x }}",
    ],
    "shell-unreadable": [
        "for {{ x }} in a; do :; done",
        "{{ x }}() { :; }",
        "echo )\necho {{ x }}",
        'echo "a {{ x }}',
        "if {{ x }}",
    ],
    "shell-variable-name": [
        "echo ${!{{ x }}}",
        "printf -v {{ x }} a",
        "echo ${#{{ x }}}",
        "read {{ x }}",
        "unset {{ x }}",
    ],
    "shell-backslash": ["echo \\{{ x }}", 'echo "a\\{{ x }}"', "cat <<EOF\n\\{{ x }}\nEOF"],
    "shell-quoted-heredoc": ["cat <<'EOF'\n{{ x }}\nEOF", "cat <<\\EOF\n{{ x }}\nEOF", 'cat <<"EOF"\n{{ x }}\nEOF'],
    "shell-heredoc-end": ["cat <<{{ x }}\na\n{{ x }}"],
    "shell-backtick": ["echo `echo {{ x }}`", 'echo "`echo {{ x }}`"', "cat <<EOF\n`echo {{ x }}`\nEOF"],
    "shell-descriptor": ["echo >&{{ x }}", "cat <&{{ x }}"],
    "shell-special-variable": [
        "PATH={{ x }}",
        "PS4='{{ x }}'",
        "B:RANDOM={{ x }}",
        "BASH_ENV={{ x }} bash a.sh",
        "LD_PRELOAD={{ x }} cmd",
    ],
    "shell-integer-variable": [
        "B:declare -i n\nn={{ x }}",
        "B:local -i n=$(cat {{ x }})",
        "B:declare -n r; for r in {{ x }}; do :; done",
    ],
    "shell-format": ["printf {{ x }}", 'printf "Hello {{ x }}\\n"', "printf -- {{ x }}"],
    "shell-operand": ["bash {{ x }}", "python3 {{ x }} a", "sh -e {{ x }}", "B:bash <(echo {{ x }})", ". ./{{ x }}"],
    "shell-option": ["bash -s {{ x }}", "find {{ x }} {{ y }}"],
    "shell-stdin": [
        "echo {{ x }} | sh",
        "cat <<EOF | sudo bash\n{{ x }}\nEOF",
        "bash <<EOF\n{{ x }}\nEOF",
        "B:sh <<<{{ x }}",
        "echo {{ x }} | ssh host",
        "B:echo {{ x }} | tee >(sh)",
        "B:bash < <(echo {{ x }})",
        "python3 - <<EOF\n{{ x }}\nEOF",
    ],
    "shell-flows-into-code": ['echo {{ x }} | { read y; eval "$y"; }'],
    "shell-evaluates": [
        "ssh host {{ x }}",
        "ev\\\nal {{ x }}",
        "eval {{ x }}",
        "eval \"a '{{ x }}'\"",
        "trap 'rm {{ x }}' EXIT",
        "sh -c {{ x }}",
        "bash -lc 'echo {{ x }}'",
        "dash -e -c {{ x }}",
        "awk '/{{ x }}/' f",
        "sed s/a/{{ x }}/ f",
        "sudo sh -c {{ x }}",
        "perl -ne {{ x }}",
        "python3 -c {{ x }}",
        "node -e {{ x }}",
        "ruby -e {{ x }}",
        "\\eval {{ x }}",
        "'eval' {{ x }}",
        'e"va"l {{ x }}',
        "/usr/bin/env -S {{ x }}",
        "command eval {{ x }}",
        ">f eval {{ x }}",
        "eval >f {{ x }}",
        "docker run a sh -c {{ x }}",
        "find . -exec sh -c {{ x }} \\;",
        "eval $(echo {{ x }})",
        "nohup timeout -k 5 9 bash -c {{ x }}",
        "TAG={{ x }} make",
        "psql -c {{ x }}",
        "jq {{ x }}",
        "bash -o pipefail -c {{ x }}",
    ],
    "shell-control": ["echo {{ x }}\r\n", "eval\xa0{{ x }}"],
    "shell-declaration": ["local x={{ x }}", "export A={{ x }}", "readonly A={{ x }}"],
    "shell-alias": ["alias a={{ x }}"],
    "shell-command-word": ["$SHELL -c {{ x }}"],
    "shell-block": ["{% if a %}b{% endif %}", "{%- for i in a %}{{ i }}{% endfor %}"],
    "shell-comment-block": ["echo {# a #}"],
    "shell-unclosed": ["echo {{ x }", "echo {{ 'a }}"],
    "shell-empty": ["echo {{ }}"],
    "shell-trim": ["echo {{- x }}", "echo {{ x -}}"],
    "shell-foreign-template": ["docker ps --format '{{.Names}}'", "cmd '{{ $x }}'"],
}


def dialect_of(text):
    return "bash" if text.startswith("B:") else "sh"


@pytest.fixture(scope="module")
def prepared():
    """Prepares a script of REFUSED; all of them are read at once."""
    scripts = [(dialect_of(text), text.removeprefix("B:")) for texts in REFUSED.values() for text in texts]
    readings = read_scripts(scripts)
    return lambda text: prepare(text.removeprefix("B:"), dialect_of(text), readings=readings)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in REFUSED.items() for text in texts])
def test_a_place_where_a_value_could_run_is_refused_with_advice(prepared, rule, text):
    found = prepared(text)
    assert found.script is None
    assert rule in {fault.rule for fault in found.faults}, found.faults
    for fault in found.faults:
        assert fault.hint
        if fault.rule == "shell-flows-into-code":
            continue  # stands where the variable is used
        assert "@" not in fault.hint.replace('"$@"', "")
        assert fault.severity is Severity.ERROR
        assert text.removeprefix("B:")[fault.offset :].startswith(("{{", "{%", "{#"))


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("echo {{ a }} {{ a }} {{ b }}", 'echo "${GITFLOW_V1}" "${GITFLOW_V1}" "${GITFLOW_V2}"'),
        ('echo "a {{ a }}"', 'echo "a ${GITFLOW_V1}"'),
        ("echo 'a {{ a }} b'", "echo 'a '\"${GITFLOW_V1}\"' b'"),
        ("echo {{ a['}}'] }}", 'echo "${GITFLOW_V1}"'),
        ("echo {{ {'a': {'b': 1}} }}", 'echo "${GITFLOW_V1}"'),
        ("echo a # {{ a }}\n", "echo a # {{ a }}\n"),
        ("echo {{ a }} GITFLOW_V1", 'echo "${GITFLOW_V2}" GITFLOW_V1'),
        ('export A="$(cat {{ a }})"', 'export A="$(cat "${GITFLOW_V1}")"'),
        ("sudo -u {{ a }} cp -- {{ b }} c", 'sudo -u "${GITFLOW_V1}" cp -- "${GITFLOW_V2}" c'),
        (
            "find ./{{ a }} -name '*{{ b }}' -exec cp {} {{ b }} \\;",
            'find ./"${GITFLOW_V1}" -name \'*\'"${GITFLOW_V2}"\'\' -exec cp {} "${GITFLOW_V2}" \\;',
        ),
        ("jq --arg a {{ a }} '.b == $a' -- {{ b }}", 'jq --arg a "${GITFLOW_V1}" \'.b == $a\' -- "${GITFLOW_V2}"'),
        ('local n="$(cat {{ a }})"', 'local n="$(cat "${GITFLOW_V1}")"'),
        ("command -v {{ a }}", 'command -v "${GITFLOW_V1}"'),
        ("echo {{ a }} | bash deploy.sh {{ b }}", 'echo "${GITFLOW_V1}" | bash deploy.sh "${GITFLOW_V2}"'),
    ],
)
def test_a_value_becomes_a_quoted_reference(text, becomes):
    found = prepare(text, "sh")
    assert found.faults == ()
    assert found.script is not None
    assert found.script.text == becomes


def test_the_same_expression_travels_once():
    script = prepare("echo {{ a.b }} {{ c }} '{{a.b}}'").script
    assert script is not None
    assert script.values == (("GITFLOW_V1", "a.b"), ("GITFLOW_V2", "c"))


def test_raw_pastes_with_a_warning_and_the_rest_stays_data():
    found = prepare("set -- {{ flags | raw }} {{ a }}; echo ${#A} {%")
    assert [(fault.rule, fault.severity, fault.offset) for fault in found.faults] == [
        ("raw-paste", Severity.WARNING, 7)
    ]
    assert found.script is not None
    assert found.script.raw
    assert found.script.values == (("GITFLOW_V1", "a"),)
    assert found.script.text == 'set -- {{ flags | raw }} "${GITFLOW_V1}"; echo ${#A} {%'


def test_a_script_without_templates_stays_as_it_is():
    text = "for i in ${#a} *; do echo `date` {%; done"
    assert prepare(text).script is not None
    assert prepare(text).script.text == text


def test_a_script_without_templates_needs_no_grammar():
    code = (
        "import sys; from gitflow.definitions.shell.safety import prepare;"
        "prepare('echo ${#a}'); sys.exit('gitflow.definitions.shell.parsers' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@given(st.text(alphabet="{}%#'\"\\$`()[]<>|&; \nab=EOF-é\t\r\x01", max_size=40), st.sampled_from(["sh", "bash"]))
def test_any_text_is_prepared_or_refused(text, dialect):
    found = prepare("echo {{ x }}" + text, dialect)
    assert (found.script is None) == any(fault.severity is Severity.ERROR for fault in found.faults)


def rules(text: str, dialect: str = "bash") -> list[tuple[str, int]]:
    return [(fault.rule, fault.offset) for fault in prepare(text, dialect, lambda name: name == "number").faults]


@pytest.mark.parametrize("code", [
    "echo $((x))", "echo $((y + x))", 'eval "$x"', "eval echo ${x}", 'sh -c "$x"', 'bash -lc "a $x"', "[[ 1 -lt $x ]]",
    "[[ $y == a && x -eq 1 ]]", "[[ $x == a* && x -eq 1 ]]",
    'perl -e"$x"', 'unset "$x"', 'env A=b sh -euc "$x"', "jq \"$x\" file",
    'awk -f prog -v a=b; awk "$x"', 'gsed -e "$x" file', 'sed --expression="$x"', 'cat <<< "$x" | sh', 'sh <<< "$x"',
    'mysql -u root -e "$x"', 'psql --command="$x" db', "a[$x]=1", "y=\"$x\"; eval \"$y\"", "let y=x",
])  # fmt: skip
def test_a_variable_whose_value_becomes_code_is_refused_where_it_is_used(code: str):
    text = f"y=1; echo ü {{{{ other }}}}; x={{{{ value }}}}\n{code}"
    [(rule, offset)] = rules(text)
    assert rule == "shell-flows-into-code"
    assert text[offset : offset + 3].startswith(("$x", "${x", "x", "let", "$y", "$((", "[[", "{{"))
    assert prepare(text, "bash").script is None
    assert rules(text.replace("value", "number")) == []
    assert rules(f"{code}\nx={{{{ value }}}}") == []


@pytest.mark.parametrize("text", [
    'x={{ v }}; if true; then x=1; fi; eval "$x"', 'x=1; while true; do eval "$x"; x={{ v }}; done',
    'x={{ v }}; . "$x"', 'x={{ v }}; sh "$x"', 'x={{ v }}; sh -c "$(cat "$x")"', 'x={{ v }}; sed -f "$x" file',
    'x={{ v }}; awk -f prog "$x"', 'x={{ v }}; tar -cf a.tar "$x"', "echo {{ v }} > f; sh f",
    "echo {{ v }} | tee f; . ./f", "x={{ v }}; export x; make", '"$DIR/tool" {{ v }}',
])  # fmt: skip
def test_what_may_become_code_is_warned_of(text: str):
    found = prepare(text, "bash")
    assert found.script is not None
    assert [fault.severity for fault in found.faults] == [Severity.WARNING]


@pytest.mark.parametrize("text", [
    "x={{ v }} sh -c 'echo \"$x\"'", "x={{ v }}; x=$(wc -l < \"$x\"); echo $((x))", "x=$(wc -l < {{ v }}); echo $((x))",
    'x={{ v }}; [ "$x" -ge 0 ] || exit; echo $((x))', "x={{ v }}; [[ $x =~ ^[0-9]+$ ]] || exit; echo $((x))",
    'x={{ v }}; declare -A a; a[$x]=1',
    'x={{ v }}; echo "$((1)) $x" eval', 'x={{ v }}; local y="$x"',
    "x={{ v }}; echo $((x2))",
    'x={{ v }}; sh script "$x"; python3 -m module "$x"', 'x={{ v }}; mysql -h "$x" -e "select 1"',
])  # fmt: skip
def test_a_variable_whose_value_stays_data_is_not_told(text: str):
    assert rules(text) == []


@given(st.text("x$(){}[]<>|;&=+ \"'\n-", max_size=30))
def test_looking_for_flows_takes_any_script(tail: str):
    for found in prepare("x={{ v }}; git {{ v }} " + tail, "bash").faults:
        assert 0 <= found.offset < 23 + len(tail)


GUARDED = [
    "x={{ a }}; case $x in (*[!0-9]*|'') exit 2;; esac; echo $((x))",
    'x={{ a }}; [ "$x" -gt 1 ] || exit 1; echo $((x))',
    "f() { case $1 in (*[!0-9]*) return 2;; esac; echo $(($1)); }; f {{ a }}",
    'x={{ a }}; if [ "$x" -gt 1 ]; then echo $((x)); fi',
    'x={{ a }}; [ "$x" -gt 1 ] && echo $((x))',
    "x={{ a }}; for i in 1 2; do case $x in (*[!0-9]*) exit;; esac; echo $((x)); done",
    'x={{ a }}; if ! [ "$x" -gt 1 ]; then exit 2; fi; echo $((x))',
]
UNGUARDED = [
    "x={{ a }}; case $x in (*[!0-9]*|'') return 2;; esac; eval \"$x\"",
    'x={{ a }}; case $x in (*[!0-9]*) echo bad;; esac; eval "$x"',
    'x={{ a }}; case $x in a) exit;; esac; eval "$x"',
    'x={{ a }}; for i in 1; do case $x in *) break;; esac; done; eval "$x"',
    'x={{ a }}; f() { case $x in (*[!0-9]*) exit;; esac; }; eval "$x"',
    'x={{ a }}; if false; then [ "$x" -gt 1 ] || exit; fi; eval "$x"',
    'x={{ a }}; if [ "$x" -gt 1 ]; then :; else eval "$x"; fi',
    'x={{ a }}; (case $x in (*[!0-9]*) exit;; esac); eval "$x"',
    'x={{ a }}; case $x in (*[!0-9]*) exit;; esac | cat; eval "$x"',
    'x={{ a }}; [ "$x" -gt 1 ]; eval "$x"',
    'x={{ a }}; [[ $x =~ [0-9] ]] || exit; eval "$x"',
    'x={{ a }}; [[ $x =~ ^.*$ ]] || exit; eval "$x"',
    'x={{ a }}; eval "$x"; case $x in (*[!0-9]*) exit;; esac',
]


@pytest.mark.parametrize("text", GUARDED)
def test_a_variable_that_is_checked_on_every_way_to_its_use_is_trusted(text):
    assert prepare(text, "bash").faults == ()


@pytest.mark.parametrize("text", UNGUARDED)
def test_a_check_that_can_be_passed_by_is_no_check(text):
    assert prepare(text, "bash").faults != ()
