"""Whatever script is prepared at all runs nothing a value says, under dash and bash."""

import os
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitflow.definitions.shell.safety import prepare

#: A folder, because a program that only writes to a file the value names makes no folder.
TOUCH = "mkdir @canary"
VALUES = [
    TOUCH,
    f"$({TOUCH})",
    f"`{TOUCH}`",
    f"x[$({TOUCH})]",
    f"; {TOUCH};",
    f"';{TOUCH};'",
    f'";{TOUCH};"',
    f"1;{TOUCH}",
    "-c",
    "-v",
    "eval",
    "sh",
    f"a[$({TOUCH})]=1",
    f"}};{TOUCH};{{",
    f"\n{TOUCH}\n",
    f"\nEOF\n{TOUCH}\n",
    f")) ; {TOUCH} ; ((",
    "1",
    "(",
    "!",
    "=",
    f"*) {TOUCH};;",
    f"x=$({TOUCH})",
    f"$(({TOUCH}))",
    f"$[x[$({TOUCH})]]",
    f"${{x[$({TOUCH})]}}",
    "-exec",
    "-a",
    "",
    "@canary.sh",
    f'BEGIN{{system("{TOUCH}")}}',
    f"1e {TOUCH}",
    f"|{TOUCH}",
    f"&{TOUCH}",
]

TEMPLATE = st.sampled_from(["{{ a }}", "{{ b }}", "{{a}}"])
COMMANDS = st.sampled_from(
    """
    echo printf eval trap read let declare export local test [ bash dash env command builtin exec xargs . source set
    unset typeset readonly awk sed \\eval 'eval' e"v"al true : cat alias shift exit mapfile nice $u [[ (( coproc !
    time wait getopts cd tee sh_-c bash_-c sh_-s command_eval nohup_sh_-c timeout_5 env_-S find_. cat_- sh_- xargs_sh
    printf_-v printf_%s declare_-i find_._-exec bash_-O_extglob_-c test_-v sh_@file bash_--norc sudo_-n
    """.strip()
    .replace("\n", " ")
    .split()
).map(lambda name: name.replace("_", " "))
PLAIN = st.sampled_from(
    [
        "a",
        "-v",
        "-c",
        "-n",
        "-eq",
        "=",
        "1",
        "u",
        "$u",
        "${u}",
        "*",
        "[0]",
        "u[0]",
        "-a",
        "-o",
        ";",
        "x=",
        "--",
        "!",
        "#",
        "%s",
        "\\;",
        "{}",
        "~",
        "$",
        "\\",
        "\\\n",
        "{",
        "}",
        "(",
        ")",
        "'",
        '"',
        "<<EOF",
        "EOF",
        "é",
        "&",
        "|",
        "`",
        "$((",
        "))",
        "[[",
        "]]",
        "\n",
    ]
)


def joined(*parts):
    return st.tuples(*[st.just(part) if isinstance(part, str) else part for part in parts]).map("".join)


def several(strategy, between=" ", most=3):
    return st.lists(strategy, min_size=1, max_size=most).map(between.join)


def grow(inner):
    word = st.one_of(
        TEMPLATE,
        TEMPLATE,
        PLAIN,
        joined('"', several(st.one_of(TEMPLATE, PLAIN, joined("$(", inner, ")")), ""), '"'),
        joined("'", several(st.one_of(TEMPLATE, PLAIN), ""), "'"),
        joined("$'", TEMPLATE, "'"),
        joined("$(", inner, ")"),
        joined("`", inner, "`"),
        joined("<(", inner, ")"),
        joined("$((", TEMPLATE, "))"),
        joined("$[", TEMPLATE, "]"),
        joined('"$((1+', TEMPLATE, '))"'),
        joined("${u:-", TEMPLATE, "}"),
        joined('"${u', st.sampled_from([":-", "#", "%", ":", "/", ":=", "[", "@", "^", "+"]), TEMPLATE, '}"'),
        joined("${!", TEMPLATE, "}"),
        joined("{a,", TEMPLATE, "}"),
        joined("${u:", TEMPLATE, ":1}"),
        joined("$( (", inner, ") )"),
        several(st.one_of(TEMPLATE, PLAIN), ""),
    )
    words = several(word)
    simple = joined(COMMANDS, " ", words)
    return st.one_of(
        simple,
        simple,
        simple,
        joined(
            simple, " ", st.sampled_from([">f ", "<f ", ">>f ", "2>&1 ", ">&", "<<<", ">", ">|", "&>", "> >("]), words
        ),
        joined(">f ", simple),
        joined("v=", word, " ", simple),
        joined("v=", word),
        joined("v+=", word),
        joined("v=(", words, ")"),
        joined("v[", word, "]=", word),
        joined(word, "=", word),
        joined(word, " ", words),
        joined("for i in ", words, "; do ", inner, "; done"),
        joined("for i in a; do\n", inner, "\ndone"),
        joined("case ", word, " in ", word, ") ", inner, ";; ", TEMPLATE, "|*) :;; esac"),
        joined("if ", inner, "; then ", inner, "; fi"),
        joined("{ ", inner, "; }"),
        joined("( ", inner, " )"),
        joined("g() { ", inner, "; }; g ", word),
        joined(inner, " | ", inner),
        joined(inner, " && ", inner),
        joined(inner, "\n", inner),
        joined("cat <<EOF\n", words, "\nEOF\n"),
        joined(simple, " <<EOF\n", words, "\nEOF\n"),
        joined("cat <<EOF | ", simple, "\n", words, "\nEOF\n"),
        joined("cat <<'EOF'\n", words, "\nEOF\n"),
        joined("cat <<-EOF >f && ", simple, "\n\t", words, "\n\tEOF\n"),
        joined("[ ", words, " ]"),
        joined("[[ ", words, " ]]"),
        joined("[[ ", word, " == ", word, " && -n ", word, " ]]"),
        joined("(( ", words, " ))"),
        joined("for ((i=", TEMPLATE, ";i<1;)); do :; done"),
        joined("while ", simple, "; do break; done"),
        joined(inner, " # ", words, "\n"),
        joined("function ", TEMPLATE, " { ", inner, "; }"),
        joined(inner, " \\\n ", words),
    )


SCRIPTS = st.recursive(joined("echo ", TEMPLATE), grow, max_leaves=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


def run(shell, script, values, folder):
    canary = str(folder / "canary")
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    for variable, value in values.items():
        environment[variable] = value.replace("@canary", canary)
    script = script.replace("@file", str(folder / "script"))
    return subprocess.Popen(
        ["/usr/bin/" + shell, "-c", script],
        env=environment,
        cwd=folder / "work",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )


def runs_nothing(script, dialect, chosen, folder):
    prepared = prepare(script, dialect)
    if prepared.script is None or not prepared.script.values:
        return False
    (folder / "work").mkdir(exist_ok=True)
    (folder / "script").write_text("printf '%s\\n' \"$@\"\n")
    (folder / "canary.sh").write_text(f"mkdir {folder}/canary\n")
    (folder / "canary.sh").chmod(0o755)
    values = {name: chosen[expression] for name, expression in prepared.script.values}
    shells = ("dash", "bash") if dialect == "sh" else ("bash",)
    for process in [run(shell, prepared.script.text, values, folder) for shell in shells]:
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
    assert not (folder / "canary").is_dir(), prepared.script.text
    return True


@settings(
    max_examples=int(os.environ.get("SHELL_FUZZ", "150")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(SCRIPTS, st.sampled_from(["sh", "bash"]), st.sampled_from(VALUES), st.sampled_from(VALUES))
def test_no_prepared_script_runs_what_a_value_says(folder, script, dialect, a, b):
    if (folder / "canary").exists():
        (folder / "canary").rmdir()
    runs_nothing(script, dialect, {"a": a, "b": b}, folder)
