"""A secret is found in what real programs print of it."""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.templates.masking import Masker, mask_text, patterns_of
from gitflow.core.templates.secret_forms import forms_of_value
from gitflow.core.values import MASK

#: Words of a secret, apart by all that anybody quotes.
SPECIAL = (
    "Zq7'Wk9\"Xv3\\Rt5$Yp2&Jd8<Ls4>Mn6,Hb1~Gc0`Fw"
    "7!Dx3*Pz9?Sk2 Tj5#Bv8(Nr4)Qm1;Cy6|Kf3{Wd8}Xg2[Rh7]Yb4^Jt9%Lp5=~Mk0:~Hz6/Gs1"
)
SECRETS = {
    "plain": "Zq7Wk9Xv3Rt5Yp2Jd8Ls4Mn6",
    "special": SPECIAL,
    "apostrophe": "Zq7'Wk9",
    "controls": "Zq7\tWk9'\x01Xv3\x1bRt5\x7fYp2\\Jd8\r\x07Ls4",
    "letters": "Zq7éWk9€'Xv3😀Rt5\u2028Yp2",
    "lines": "Zq7 'Wk9\nXv3\\Rt5\"\nYp2 é Jd8'\n",
    "bytes": "Zq7\udcff'Wk9\udc80 Xv3",
}
WORDS = re.compile("[A-Z][a-z][0-9]")


def run(program: list[str], secret: str, locale: str = "C.UTF-8", data: bytes | None = None) -> bytes:
    env = {b"V": os.fsencode(secret), b"LC_ALL": locale.encode(), b"PATH": os.fsencode(os.environ["PATH"])}
    done = subprocess.run(program, env=env, input=data, capture_output=True, check=False)
    return done.stdout + done.stderr


def masked(text: bytes, secret: str) -> str:
    masker = Masker(patterns_of([secret]))
    return (masker.feed(text) + masker.flush()).decode("utf-8", "replace")


def assert_hidden(text: bytes, secret: str) -> None:
    """Not one word of the secret is left, and something was there to be hidden."""
    shown = masked(text, secret)
    assert MASK in shown, text
    assert set(WORDS.findall(secret)).isdisjoint(WORDS.findall(shown)), shown


SHELLS = {
    "dash -x": ["dash", "-c", 'set -x; : "$V"; : pre"$V"post; x="$V"; : "$x"'],
    "bash -x": ["bash", "-c", 'set -x; : "$V"; : pre"$V"post; x="$V"; [[ $V == "$x" ]]; case $V in x) ;; esac; : "$x"'],
    "bash %q": ["bash", "-c", 'printf "%q\\n" "$V" "pre$V" "a b$V c" $\'\\t\'"$V" "x=$V"'],
    "bash @": ["bash", "-c", 'echo "${V@Q} ${V@A} ${V@E}"; declare -p V; export -p; set'],
    "dash export": ["dash", "-c", "export -p; set"],
    "busybox": ["busybox", "sh", "-c", 'set -x; : "$V"; export -p; set'],
    "printf %q": ["env", "printf", "%q\n", "{}"],
    "python repr": [
        sys.executable,
        "-c",
        "import os; v = os.environ['V']; print(repr(v), ascii(v), repr([v, v + chr(34)]))",
    ],
    "python shlex": [sys.executable, "-c", "import os, shlex; print(shlex.quote(os.environ['V']))"],
    "python traceback": [sys.executable, "-c", "import os; {}[os.environ['V']]"],
    "python bytes": [sys.executable, "-c", "import os; print(os.environ['V'].encode('utf-8', 'replace').decode())"],
}


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
@pytest.mark.parametrize("program", SHELLS)
@pytest.mark.parametrize("name", SECRETS)
def test_what_shells_and_python_print_of_a_secret_is_hidden(name: str, program: str, locale: str) -> None:
    words = SHELLS[program]
    if shutil.which(words[0]) is None:
        pytest.skip(f"there is no {words[0]}")
    if name == "bytes" and program == "python shlex":
        pytest.skip("Python cannot print it")
    secret = SECRETS[name]
    text = run([word.format(secret) if word == "{}" else word for word in words], secret, locale)
    assert_hidden(text, secret)


JSON_WRITERS = {
    "python": [
        sys.executable,
        "-c",
        "import json, os; print(json.dumps({'a': os.environ['V'], 'b': 'x' + os.environ['V'] + 'y'}))",
    ],
    "python, letters": [
        sys.executable,
        "-c",
        "import json, os; print(json.dumps([os.environ['V']], ensure_ascii=False))",
    ],
    "jq": ["jq", "-nc", "[env.V, env.V + env.V]"],
    "jq ascii": ["jq", "-nac", "[env.V]"],
    "node": ["node", "-e", "console.log(JSON.stringify({a: process.env.V}))"],
}


@pytest.mark.parametrize("writer", JSON_WRITERS)
@pytest.mark.parametrize("name", sorted(SECRETS.keys() - {"bytes"}))
def test_a_secret_in_json_is_hidden(name: str, writer: str) -> None:
    words = JSON_WRITERS[writer]
    if shutil.which(words[0]) is None:
        pytest.skip(f"there is no {words[0]}")
    assert_hidden(run(words, SECRETS[name]), SECRETS[name])


#: What Go writes (it escapes for HTML), what others write for a script in a page, PHP, .NET.
ESCAPED = {
    "a&b<c>d": ["a\\u0026b\\u003cc\\u003ed"],
    "it's &": [
        "it's \\u0026",
        "it\\u0027s \\u0026",
        "it\\u0027s \\u0026".upper().replace("IT", "it").replace("\\U", "\\u").replace("S", "s"),
    ],
    "a/b&c": ["a/b\\u0026c", "a\\/b&c", "a\\/b\\u0026c"],
    "x\u2028y<": ["x\\u2028y\\u003c"],
    'k"+é\\z`': ["k\\u0022\\u002B\\u00E9\\\\z\\u0060", 'k\\"+é\\\\z`', 'k\\"+\\u00e9\\\\z`'],
}


@pytest.mark.parametrize(("secret", "written"), [(secret, each) for secret, forms in ESCAPED.items() for each in forms])
def test_the_escapes_of_other_writers_of_json_are_hidden(secret: str, written: str) -> None:
    assert json.loads(f'"{written}"') == secret
    assert mask_text(f'{{"a":"x{written}y"}}', patterns_of([secret])) == f'{{"a":"x{MASK}y"}}'


secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=200)


@given(secrets, st.sampled_from([64, 76]), st.binary(max_size=2), st.binary(max_size=5))
def test_base64_in_lines_is_hidden_also_behind_one_or_two_bytes(
    secret: str, width: int, before: bytes, after: bytes
) -> None:
    """What is left of a line depends on what stands around the secret, or is short."""
    whole = base64.b64encode(before + secret.encode() + after)
    lines = [whole[at : at + width] for at in range(0, len(whole), width)]
    shown = masked(b"\n".join(lines), secret).split("\n")
    assert len(shown) == len(lines)
    around = -(-len(before) * 8 // 6) + (1 if before else 0), -(-len(after) * 8 // 6) + 4
    left = [line.replace(MASK, "") for line in shown]
    assert all(len(line) < 5 + around[1] for line in left[-2:]), shown
    assert all(not line for line in left[1:-2]), shown
    if len(left) > 2:
        assert len(left[0]) <= around[0]


@pytest.mark.parametrize("prefix", ["", "x", "xy"])
@pytest.mark.parametrize("command", ["base64", "base64 -w 64", "base64 -w 0", "openssl base64"])
@pytest.mark.parametrize("secret", ["correct-horse-battery-staple", "Zq7'Wk9\"Xv3\\Rt5$Yp2&Jd8<Ls4" * 9])
def test_base64_as_programs_write_it_is_hidden(secret: str, command: str, prefix: str) -> None:
    if shutil.which(command.split()[0]) is None:
        pytest.skip(f"there is no {command.split()[0]}")
    text = run(["sh", "-c", f"printf '%s%s\\n' '{prefix}' \"$V\" | {command}"], secret)
    left = masked(text, secret).replace(MASK, "").split("\n")
    assert all(len(line) <= len("eHl" + "rest" + "Cg==") for line in left), left
    assert sum(map(len, left)) <= 16, left


@pytest.mark.parametrize("secret", ["Zq7Wk9Xv3R\n", "Zq7Wk9Xv3Rt\n\n", "Zq7Wk9Xv3\nRt5Yp2Jd8L\r\n"])
@pytest.mark.parametrize("command", ['printf %s "$V"', 'printf %s "$(printenv V)"', 'echo "$(printenv V)"'])
def test_base64_of_a_value_whose_last_line_feed_a_shell_drops_is_hidden(secret: str, command: str) -> None:
    text = run(["sh", "-c", f"{command} | base64"], secret)
    assert len(masked(text, secret).replace(MASK, "").strip()) <= len("rest"), text


def test_what_is_short_in_a_long_value_is_not_looked_for_in_any_form() -> None:
    text = "  \\ \\ } {  '' '\\''  \\t \\\"\\\" %7D%7D"
    assert mask_text(text, patterns_of(["{\n  \n''\n}}\n\t\t\n\"\"\nlonger-line\n"])) == text


@given(
    st.text(st.sampled_from("abcABC123'\"\\&<>$ é\n\t"), min_size=8, max_size=30),
    st.lists(st.integers(0, 400), max_size=6),
)
def test_no_cut_of_a_stream_lets_any_form_through(secret: str, cuts: list[int]) -> None:
    patterns = patterns_of([secret])
    text = b"x\n".join(patterns) + b"\n"
    places = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    masker = Masker(patterns)
    pieces = b"".join(masker.feed(text[a:b]) for a, b in itertools.pairwise(places)) + masker.flush()
    whole = Masker(patterns)
    assert pieces == whole.feed(text) + whole.flush()
    assert all(pattern not in pieces for pattern in patterns)


def test_a_secret_in_a_message_of_ours_is_hidden_though_it_was_quoted_first() -> None:
    for secret in SECRETS.values():
        message = f"there is no program {secret!r} and no {json.dumps(secret)} in {[secret + chr(34) + chr(39)]}"
        shown = mask_text(message, patterns_of([secret]))
        assert set(WORDS.findall(secret)).isdisjoint(WORDS.findall(shown)), shown


def ordinary() -> Iterator[str]:
    yield from ("the quick brown fox jumps over the lazy dog", "SGVsbG8gV29ybGQ=", "0123456789abcdef" * 4)
    yield json.dumps({"name": "World", "items": [1, 2, 3], "about": "a&b <c> it's"})


def test_ordinary_text_is_left_alone_and_plain_secrets_have_few_forms() -> None:
    plain = ["hunter22!", "s3cret/Value+1", "Zq7Wk9Xv3Rt5Yp2Jd8Ls4Mn6"]
    for text in ordinary():
        assert mask_text(text, patterns_of(plain)) == text
    assert len(forms_of_value("Zq7Wk9Xv3Rt5Yp2Jd8Ls4Mn6")) <= 6


def test_what_is_left_of_a_secret_in_a_line_is_not_looked_for_when_it_is_short() -> None:
    """It would hide ordinary words."""
    for size in range(8, 200):
        secret = "k" * 3 + "Zq7Wk9Xv3Rt5Yp2Jd8Ls4Mn6" * 9
        rests = [form for form in forms_of_value(secret[:size]) if len(form) < 5 and not form.endswith(b"=")]
        alone = base64.b64encode(secret[:size].encode())
        assert all(form == alone[-(len(alone) % 64) :] or form == alone[-(len(alone) % 76) :] for form in rests)


def test_very_many_occurrences_that_overlap_take_no_longer_than_their_text() -> None:
    """Each step is over the length of the secret, and not over one byte."""
    patterns = (b"a" * 1000,)
    masker = Masker(patterns)
    steps = sum(1 for _ in masker._occurrences(b"a" * 100_000))
    assert steps < 250
    assert masker.feed(b"a" * 100_000) + masker.flush() == MASK.encode()
