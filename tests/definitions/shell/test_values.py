"""Values arrive as data in every allowed place, in real shells: the same bytes, and nothing ever runs."""

import os
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitflow.definitions.shell.safety import prepare, read_scripts

SHELLS = {"dash": ["/usr/bin/dash"], "bash": ["/usr/bin/bash", "--norc", "--noprofile"]}

#: A place, and what the script must print for a value; ``show`` prints its arguments, each with a NUL.
PLACES = [
    ("show {{ x }}", lambda v: [v]),
    ("show a{{ x }}b", lambda v: [f"a{v}b"]),
    ("show {{ x }}{{ x }}", lambda v: [v + v]),
    ("show --name={{ x }} -- {{ x }}", lambda v: [f"--name={v}", "--", v]),
    ('show "{{ x }}"', lambda v: [v]),
    ('show "a {{ x }} b"c', lambda v: [f"a {v} bc"]),
    ("show '{{ x }}'", lambda v: [v]),
    ("show 'a \"{{ x }}\" b'", lambda v: [f'a "{v}" b']),
    ("show '\\{{ x }}'", lambda v: ["\\" + v]),
    ('show "\\\\{{ x }}"', lambda v: ["\\" + v]),
    ('show "\\"{{ x }}\\""', lambda v: [f'"{v}"']),
    ("show ~{{ x }}", lambda v: ["~" + v]),
    ("show a~/{{ x }}", lambda v: ["a~/" + v]),
    ("show nothing-like-*{{ x }}", lambda v: ["nothing-like-*" + v]),
    ("show {{ x }}[0]?", lambda v: [v + "[0]?"]),
    ('v={{ x }}; show "$v"', lambda v: [v]),
    ('v=a{{ x }}b; show "$v"', lambda v: [f"a{v}b"]),
    ('v=~{{ x }}:{{ x }}; show "$v"', lambda v: [f"~{v}:{v}"]),
    ('v=\'{{ x }}\'"{{ x }}"; show "$v"', lambda v: [v + v]),
    ('W={{ x }} sh -c \'printf "%s\\0" "$W"\'', lambda v: [v]),
    ('env W={{ x }} sh -c \'printf "%s\\0" "$W"\'', lambda v: [v]),
    ("case {{ x }} in {{ x }}) show same;; *) show other;; esac", lambda v: ["same"]),
    ("case a{{ x }}b in a'{{ x }}'*) show same;; *) show other;; esac", lambda v: ["same"]),
    ('case {{ x }} in ("{{ x }}"|b) show same;; *) show other;; esac', lambda v: ["same"]),
    ("for i in a {{ x }} 'b{{ x }}'; do show \"$i\"; done", lambda v: ["a", v, "b" + v]),
    ("v=$(printf '%s.' {{ x }}); show \"$v\"", lambda v: [v + "."]),
    ("show \"$(printf '%s.' \"{{ x }}\" '{{ x }}')\"", lambda v: [v + "." + v + "."]),
    ("show \"a $(printf '%s.' \"$(printf '%s.' {{ x }})\") b\"", lambda v: [f"a {v}.. b"]),
    ("cat <<EOF\n{{ x }}\nEOF\nshow", lambda v: [v + "\n"]),
    ("cat <<EOF\na \"{{ x }}\" '{{ x }}' \\$x \\\\{{ x }}\nEOF\nshow", lambda v: [f"a \"{v}\" '{v}' $x \\{v}\n"]),
    ("cat <<-EOF\n\t\t{{ x }}-\n\tEOF\nshow", lambda v: [v + "-\n"]),
    ("cat <<EOF\n$(printf '%s.' {{ x }}) $(printf '%s.' \"{{ x }}\")\nEOF\nshow", lambda v: [f"{v}. {v}.\n"]),
    ("( show {{ x }} ) | { cat; }", lambda v: [v]),
    ('f() { show {{ x }} "$1"; }; f {{ x }}', lambda v: [v, v]),
    ('set -- {{ x }} a; show "$@"', lambda v: [v, "a"]),
    ("if [ {{ x }} = {{ x }} ]; then show yes; fi", lambda v: ["yes"]),
    ("if [ -n a{{ x }} ] && ! [ ! a{{ x }} ]; then show yes; fi", lambda v: ["yes"]),
    ("if test {{ x }} != a{{ x }}; then show yes; fi", lambda v: ["yes"]),
    ("[ {{ x }} -eq 1 ] 2>/dev/null; show done", lambda v: ["done"]),
    ('unset u; show ${u:-{{ x }}} ${u-{{ x }}} "${u:-{{ x }}}"', lambda v: [v, v, v]),
    ('u=1; show ${u:+{{ x }}} "${u+a {{ x }}}"', lambda v: [v, f"a {v}"]),
    ('v={{ x }}b; show "${v#{{ x }}}" "${v%b}"', lambda v: ["b", v]),
    ('v=b{{ x }}; show "${v%{{ x }}}" "${v##b{{ x }}}"', lambda v: ["b", ""]),
    ("nice -n 0 env printf '%s\\0' {{ x }}", lambda v: [v]),
    ("show \\\n  {{ x }} \\\n  'é'{{ x }}ü", lambda v: [v, f"é{v}ü"]),
    ("show a # {{ x }}", lambda v: ["a"]),
    ("sh -s -- {{ x }} <<'EOF'\nprintf '%s\\0' \"$1\"\nEOF", lambda v: [v]),
    ("printf '%s' {{ x }} >out; cat <out; show", lambda v: [v]),
]
BASH_PLACES = [
    ("show $'a\\t{{ x }}\\x41'", lambda v: [f"a\t{v}A"]),
    ("show {a,{{ x }}}", lambda v: ["a", v]),
    ("cat <<<{{ x }}; show", lambda v: [v + "\n"]),
    ('cat <<<"a {{ x }}"; show', lambda v: [f"a {v}\n"]),
    ("cat <(printf %s {{ x }}); show", lambda v: [v]),
    ("a=({{ x }} 'b{{ x }}'); a+=({{ x }}); show \"${a[@]}\"", lambda v: [v, f"b{v}", v]),
    ('v=a; v+={{ x }}; show "$v"', lambda v: [f"a{v}"]),
    ("[[ {{ x }} == {{ x }} && -n a{{ x }} && ! ( a{{ x }} != a{{ x }} ) ]] && show yes", lambda v: ["yes"]),
    ('[[ {{ x }} == "{{ x }}" && x{{ x }}y == *"{{ x }}"* ]] && show yes', lambda v: ["yes"]),
    ("function g { show {{ x }}; }; g", lambda v: [v]),
]


def script_of(places, dialect):
    """One script of all places, judged each for itself so that a refusal names its place."""
    parts = ["show() { if [ $# -gt 0 ]; then printf '%s\\0' \"$@\"; else printf '\\0'; fi; }"]
    readings = read_scripts((dialect, text) for text, _ in places)
    for text, _ in places:
        prepared = prepare(text, dialect, readings=readings)
        assert prepared.script is not None, (text, prepared.faults)
        assert all(expression == "x" for _, expression in prepared.script.values), prepared
        parts.append(prepared.script.text)
    return "\n".join(parts) + "\n"


CASES = {("dash", "sh"): PLACES, ("bash", "bash"): PLACES + BASH_PLACES}
#: bash takes time squared to cut a pattern from a text, so long values go everywhere else.
LONG = {
    key: [place for place in places if "${v#" not in place[0] and "${v%" not in place[0]]
    for key, places in CASES.items()
}


@pytest.fixture(scope="module")
def scripts():
    return {key: script_of(places, key[1]) for key, places in CASES.items()}


HOSTILE = [
    "",
    " ",
    "a b",
    "\n",
    "a\n\n",
    "'",
    '"',
    "\\",
    "\\\\",
    "\\'",
    "$(touch canary)",
    "`touch canary`",
    "${IFS}",
    "$x",
    "$$",
    "; touch canary;",
    "& touch canary &",
    "| touch canary",
    "&& touch canary",
    "\ntouch canary\n",
    "'; touch canary; '",
    '"; touch canary; "',
    '"$(touch canary)"',
    "'$(touch canary)'",
    "*",
    "?",
    "[a-z]*",
    "/*",
    "{a,b}",
    "{1..3}",
    "~",
    "~root",
    "-n",
    "-e",
    "--",
    "-",
    "--help",
    "x[$(touch canary)]",
    "a[`touch canary`]=1",
    "EOF",
    "\nEOF\ntouch canary\n",
    "#",
    "# x",
    "!",
    "!!",
    "(",
    ")",
    ")) ; touch canary",
    "}",
    "};touch canary",
    "<(touch canary)",
    ">canary",
    "<canary",
    "=",
    "a=b",
    "%s%n%d",
    "\t",
    "\r\n",
    "\x01",
    "\x7f",
    "\x1b[31m",
    "é",
    "日本",
    "\U0001f600",
    "\udc80\udcff",
    "\u00a0",
    "\u2028",
    "1",
    "0",
    "[",
    "]]",
]


def environment(value):
    return {b"PATH": b"/usr/bin:/bin", b"LC_ALL": b"C.UTF-8", b"GITFLOW_V1": os.fsencode(value)}


def run(shell, script, value, folder):
    return subprocess.run(
        [*SHELLS[shell], "-c", script], env=environment(value), cwd=folder, capture_output=True, timeout=30, check=False
    )


def check(value, folder, scripts, cases=CASES):
    for (shell, dialect), places in cases.items():
        done = run(shell, scripts[shell, dialect], value, folder)
        expected = [(text, os.fsencode(item)) for text, wanted in places for item in wanted(value)]
        got = done.stdout.split(b"\0")[:-1]
        for (text, wanted), printed in zip(expected, got, strict=False):
            assert printed == wanted, (shell, text, done.stderr[:500])
        assert len(got) == len(expected), (shell, done.stderr[:500])
        assert not (folder / "canary").exists(), shell


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("values")


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_value_arrives_unchanged_and_runs_nothing(value, folder, scripts):
    check(value, folder, scripts)


pieces = st.one_of(st.sampled_from(HOSTILE), st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(pieces, max_size=8).map("".join))
def test_any_value_arrives_unchanged_in_every_allowed_place(folder, scripts, value):
    check(value, folder, scripts)


@pytest.mark.parametrize("piece", ["x", "$(touch canary)'\"`", "\n* {a,b}"], ids=range(3))
def test_a_long_value_arrives_unchanged(piece, folder):
    scripts = {key: script_of(places, key[1]) for key, places in LONG.items()}
    check((piece * 100 * 1024)[: 100 * 1024], folder, scripts, LONG)
