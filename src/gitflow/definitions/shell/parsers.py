"""The exact parsers of the dialects: bash's grammar by ``shfmt``, dash's own by ``libdash``.

Both run as processes of their own, many scripts at a time, with limits on time and memory: a script can neither stop
nor end the process that asks. Many scripts go to one shfmt as one text, with a command of ours between them; where
each of these commands stands in the tree exactly as it was written, what stands before it was read to its end.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from bisect import bisect_left
from functools import cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from gitflow.definitions.shell import bash_tree, dash_process, dash_tree
from gitflow.definitions.shell.nodes import Tree, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

#: The dialects of an action and the grammars by which its script must be safe. ``sh`` is dash on Debian, busybox ash
#: in small containers and bash elsewhere, so a script for it is read both ways (see also ``contexts``).
GRAMMARS = {"sh": ("bash", "dash"), "dash": ("bash", "dash"), "bash": ("bash",)}
#: Where dash's parser is not made for the processor, shfmt's grammar of POSIX stands in for it.
_INSTEAD_OF_DASH = "posix"

TIMEOUT_S = 10
#: Scripts given to one process, in bytes: a hang costs the reading of these again, one by one.
BATCH = 64 * 1024
#: Larger scripts that use templates are not read.
MAX_SCRIPT = 256 * 1024

#: In the JSON: a comment that ends in a backslash. shfmt reads the next line as a part of the command before the
#: comment; shells do not.
_JOINED_COMMENT = re.compile(rb'"Text": ?"(?:[^"\\]|\\.)*\\\\(?:\\r)?(?:\\n)?"')

_JSON_LINE = re.compile(rb'"Line": ?(\d+)')
_LINE = re.compile(r"(\d+):\d+: ")
#: About one file of several, which have numbers as their names.
_COMPLAINT = re.compile(r"(?P<index>\d+):(?P<complaint>\d+:\d+: .*)")

_TOO_LONG = Unreadable(f"it is longer than {MAX_SCRIPT // 1024} KiB")

#: What a grammar makes of a text.
Reading = Tree | Unreadable


def read_all(scripts: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Reading]:
    """The readings of scripts, each given as its dialect and text; the keys are grammars and texts."""
    wanted: dict[str, dict[str, None]] = {"bash": {}, "dash": {}, _INSTEAD_OF_DASH: {}}
    for dialect, text in scripts:
        for grammar in grammars_of(dialect):
            wanted[grammar][text] = None
    found = {**_read_shfmt("bash", list(wanted["bash"])), **_read_shfmt("posix", list(wanted["posix"]))}
    return found | _read_dash(list(wanted["dash"]))


def grammars_of(dialect: str) -> Sequence[str]:
    """The grammars by which a script of the dialect is judged on this machine."""
    return [_INSTEAD_OF_DASH if each == "dash" and not has_dash() else each for each in GRAMMARS[dialect]]


# bash


def _read_shfmt(grammar: str, texts: Sequence[str]) -> dict[tuple[str, str], Reading]:
    found: dict[tuple[str, str], Reading] = {}
    for batch in _batches(texts):
        found.update({(grammar, text): reading for text, reading in _read_batch(grammar, batch).items()})
    return found


def _read_batch(grammar: str, texts: Sequence[str]) -> dict[str, Reading]:
    if len(texts) == 1:
        return {texts[0]: _alone(grammar, texts[0])}
    together = _together(grammar, texts)
    if isinstance(together, dict):
        return together
    # the end of a quote that one script leaves open is missed in another: each is looked at by itself
    found: dict[str, Reading] = {**_wrong(grammar, texts)}
    blamed = set[str]() if found else {texts[index] for index in together}
    while True:
        found |= {text: _alone(grammar, text) for text in blamed}  # and the others once more
        batch = [text for text in texts if text not in found]
        together = _together(grammar, batch) if len(batch) > 1 else {text: _alone(grammar, text) for text in batch}
        if isinstance(together, dict):
            return found | together
        blamed = {batch[index] for index in together}


def _batches(texts: Sequence[str]) -> Iterable[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        if batch and size + len(text) > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch


def _alone(grammar: str, text: str) -> Reading:
    if len(text) > MAX_SCRIPT:
        return _TOO_LONG
    answer, complaints = _shfmt(grammar, text.encode())
    if answer is None:
        return Unreadable(complaints[0])
    return _tree(answer.get("Stmts"), text.encode(), 0)


def _tree(statements: Any, text: bytes, base: int) -> Reading:
    """The tree of one script's statements. What is not as expected is Unreadable, whatever it is."""
    try:
        return bash_tree.tree_of(statements, text, base)
    except Unreadable as error:
        return error
    except RecursionError:
        return Unreadable("it is nested too deeply")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return Unreadable("shfmt reads it in a way that is not known here")


def _together(grammar: str, texts: Sequence[str]) -> dict[str, Reading] | set[int]:
    """Several scripts in one process, or which of them seem to be wrong or to reach into the next."""
    parts: list[bytes] = []
    marks: list[tuple[int, str]] = []
    size = 0
    for index, text in enumerate(texts):
        script, mark = text.encode() + b"\n", f"gitflow_end_of_script_{index}"
        marks.append((size + len(script), mark))
        parts += (script, mark.encode(), b"\n")
        size += len(script) + len(mark) + 1
    whole = b"".join(parts)
    answer, complaints = _shfmt(grammar, whole)
    if answer is None:
        ends = list(accumulate(text.count("\n") + 2 for text in texts))
        lines = [int(said[1]) if (said := _LINE.match(complaint)) else 0 for complaint in complaints]
        return {min(bisect_left(ends, line), len(texts) - 1) for line in lines}
    statements: list[dict[str, Any]] = answer.get("Stmts") or []
    at = {statement["Pos"]["Offset"]: index for index, statement in enumerate(statements)}
    ends = [at.get(offset, -1) for offset, _ in marks]
    for index, (end, (_, mark)) in enumerate(zip(ends, marks, strict=True)):
        if end < 0 or not _is_mark(statements[end], mark):
            return {index}
    starts = [0, *(offset + len(mark) + 1 for offset, mark in marks[:-1])]
    found: dict[str, Reading] = {}
    for text, base, (before, end) in zip(texts, starts, pairwise([-1, *ends]), strict=True):
        found[text] = _tree(statements[before + 1 : end], whole, base)
    return found


def _is_mark(statement: dict[str, Any], mark: str) -> bool:
    """Whether a statement is nothing but the command that was put there."""
    command: dict[str, Any] = statement.get("Cmd") or {}
    words: list[Any] = command.get("Args") or []
    return (
        set(statement) <= {"Pos", "End", "Cmd", "Position", "Semicolon"}
        and command.get("Type") == "CallExpr"
        and not command.get("Assigns")
        and len(words) == 1
        and [(part["Type"], part.get("Value")) for part in words[0]["Parts"]] == [("Lit", mark)]
    )


def _shfmt(grammar: str, text: bytes) -> tuple[Any, list[str]]:
    """The JSON tree, or None and what is wrong: at least one complaint."""
    done = _run([f"-ln={grammar}", "--to-json"], text, "/")
    if isinstance(done, str):
        return None, [done]
    if done.returncode != 0:
        first = done.stderr.decode(errors="replace").partition("\n")[0]
        return None, [first.removeprefix("<standard input>:") or "it cannot be read"]
    if joined := [_line_before(comment.start(), done.stdout) for comment in _JOINED_COMMENT.finditer(done.stdout)]:
        return None, [f"{line}:1: a comment ends in a backslash" for line in joined]
    try:
        return json.loads(done.stdout), []
    except (ValueError, RecursionError):
        return None, ["it is nested too deeply"]


def _line_before(offset: int, answer: bytes) -> int:
    """The line that the JSON names last before an offset."""
    found = _JSON_LINE.match(answer, answer.rindex(b'"Line"', 0, offset))
    assert found is not None
    return int(found[1])


def _wrong(grammar: str, texts: Sequence[str]) -> dict[str, Unreadable]:
    """The scripts that cannot be read, by one process that gets each as a file. Where it does not answer: none."""
    try:
        with tempfile.TemporaryDirectory(prefix="gitflow-scripts-") as folder:
            names = [str(index) for index in range(len(texts))]
            for name, text in zip(names, texts, strict=True):
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(text.encode())
            done = _run([f"-ln={grammar}", "--list", *names], b"", folder)
    except OSError:
        return {}
    lines = [] if isinstance(done, str) else done.stderr.decode(errors="replace").splitlines()
    found = {int(said["index"]): said["complaint"] for said in map(_COMPLAINT.match, reversed(lines)) if said}
    return {texts[index]: Unreadable(complaint) for index, complaint in found.items() if index < len(texts)}


def _run(arguments: Sequence[str], text: bytes, folder: str) -> subprocess.CompletedProcess[bytes] | str:
    """What shfmt gave, or why it gave nothing."""
    program = _program()
    if program is None:
        return "the program shfmt is missing: install gitflow's dependencies again (pip install shfmt-py)"
    try:
        return subprocess.run(
            [program, *arguments],
            input=text,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            cwd=folder,
            env={"GOMEMLIMIT": "512MiB", "GOMAXPROCS": "2", "PATH": os.defpath},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"shfmt did not answer: {type(error).__name__}"


@cache
def _program() -> str | None:
    """Where pip has put the program: beside this Python, among its scripts, or those of the user."""
    folders = [os.path.dirname(sys.executable), sysconfig.get_path("scripts")]
    folders += [sysconfig.get_path("scripts", f"{os.name}_user")]
    found = (os.path.join(folder, "shfmt") for folder in folders)
    return next((path for path in found if os.access(path, os.X_OK)), None) or shutil.which("shfmt")


# dash


def has_dash() -> bool:
    """Whether dash's parser is installed: it is made for some processors only."""
    return dash_process.dash_folder() is not None


def close() -> None:
    """Ends the process that reads for dash; the next script starts another."""
    dash_process.close()


def _read_dash(texts: Sequence[str]) -> dict[tuple[str, str], Reading]:
    """What could not be read is Unreadable."""
    if not texts or not has_dash():
        return {}
    if any(len(text) > MAX_SCRIPT for text in texts):
        short = [text for text in texts if len(text) <= MAX_SCRIPT]
        return {("dash", text): _TOO_LONG for text in texts} | _read_dash(short)
    try:
        lines = dash_process.read([text.encode() for text in texts])
    except OSError as error:
        return {("dash", text): Unreadable(f"the parser of dash does not start: {error.strerror}") for text in texts}
    return {("dash", text): _dash_reading(line) for text, line in zip(texts, lines, strict=True)}


def _dash_reading(line: bytes) -> Reading:
    try:
        answer = json.loads(line)
        return Unreadable("it has a syntax error") if answer is None else dash_tree.tree_of(answer)
    except Unreadable as error:
        return error
    except RecursionError:
        return Unreadable("it is nested too deeply")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return Unreadable("dash reads it in a way that is not known here")
