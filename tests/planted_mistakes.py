"""A repository with a mistake of each kind, and what has to be said of each.

Its first commit is ``e2e/planted/base``, and ``e2e/planted/head`` makes the mistakes. A file that cannot be read hides
which names there are, and a policy with errors is none, so the workspaces are several: the top of the repository has
files that cannot be read, ``infra/shop`` breaks every kind of rule of its policy, the policy of ``infra/rules`` has
errors itself, ``infra/tested`` has errors in its tests alone, and ``infra/every`` has what is left.

A mistake is a row below; or a comment behind its line, ``# code`` or ``# warning: code``; or a case of
``definitions/cases``, whose file is copied and whose report is expected.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from committing import commit_all, git, init
from gitflow.definitions.source.reader import MAX_BYTES

PLANTED = Path(__file__).parent / "e2e" / "planted"
CASES = Path(__file__).parent / "definitions" / "cases"
WORKSPACES = (".", "infra/shop", "infra/every", "infra/rules", "infra/tested")
#: Workspace -> the cases that are copied into it. None is about a name that another one has.
COPIED = {
    ".": ("alias-bomb", "duplicate-key", "key-not-text", "not-utf-8", "several-documents", "too-deep"),
    "infra/every": (
        "bad-name", "check-approvals", "check-containers", "check-fields", "check-files", "check-flow", "check-http",
        "several-errors", "shell-flows", "shell-options",
    ),
    "infra/rules": ("check-commands", "check-names", "check-not-rendered", "check-triggers", "reserved-name"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    file: str  #: from the top of the repository
    line: int
    kind: str  #: the id of the rule; empty: any
    text: str = ""  #: how the message begins
    level: str = "error"

    @property
    def workspace(self) -> str:
        """The folder above ``.workflows``, or the top."""
        return self.file.partition(".workflows/")[0].rstrip("/") or "."


def _in(folder: str, *rows: tuple[str, int, str, str] | tuple[str, int, str, str, str]) -> tuple[Mistake, ...]:
    return tuple(Mistake(f"{folder}.workflows/{row[0]}", *row[1:]) for row in rows)


_MARK = re.compile(r"  # ((?:warning: )?)([a-z0-9-]+(?:, [a-z0-9-]+)*)$")


def _marked() -> Iterator[Mistake]:
    """The mistakes that comments name."""
    for file in sorted((PLANTED / "head").rglob("*.yaml")):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            found = _MARK.search(line)
            for kind in found[2].split(", ") if found else ():
                level = "warning" if found[1] else "error"
                yield Mistake(file.relative_to(PLANTED / "head").as_posix(), number, kind, "", level)


def _copied() -> Iterator[Mistake]:
    """The mistakes of the cases that are copied."""
    for workspace, names in COPIED.items():
        for name in names:
            for each in lines((CASES / f"{name}.txt").read_text()):
                file = f"{'' if workspace == '.' else f'{workspace}/'}.workflows/{each.file}"
                yield replace(each, file=file, text=each.text.partition(f"{name}.yaml:")[0])  # which stands elsewhere


def lines(text: str) -> list[Mistake]:
    """The problems of a report for people."""
    found = re.findall(r"^(\S+):(\d+):\d+  (warning: )?(.*)$", text, re.M)
    return [Mistake(file, int(line), "", said, "warning" if warns else "error") for file, line, warns, said in found]


#: What ``gitflow validate`` finds, by file and line.
MISTAKES = (
    *_marked(),
    *_copied(),
    *_in("", ("large.yaml", 1, "too-large", "the file is larger than 1,048,576 bytes")),
    *_in(
        "",
        ("syntax.test.yaml", 4, "syntax", "a tab in the indentation, which must be spaces"),
        ("syntax.yaml", 5, "syntax", "a list in brackets that is not closed"),
    ),
    *_in(
        "infra/shop/",
        ("broken.test.yaml", 4, "unknown-key", 'unknown key "mock" in "unknown key"'),
        ("broken.test.yaml", 9, "bad-pattern", 'the pattern "(" has a group that is not closed'),
        ("broken.test.yaml", 12, "mocked-and-real", '"ship" is mocked and real'),
        ("callers.yaml", 7, "missing-input", 'input "order" of task "ship" is required'),
        ("cycle.yaml", 10, "cycle", 'the steps wait for each other in a circle: "a" needs "b", "b" needs "a"'),
        ("cycle.yaml", 20, "task-cycle", 'these tasks start each other endlessly: "itself" → "itself"'),
        ("forbidden.yaml", 49, "raw-paste", "`| raw` pastes the value into the script", "warning"),
        ("names.yaml", 3, "unknown-connection-type", 'connection "stock" has the connection type "databse"'),
        ("names.yaml", 13, "unknown-action", 'step "say" runs the action "tel", which does not exist'),
        ("names.yaml", 16, "unknown-task", 'this starts the task "sel", which does not exist'),
        ("names.yaml", 20, "unknown-step", 'step "wait" needs "sale", which is not in this flow'),
        ("names.yaml", 23, "unknown-connection", 'this uses the connection "order", which does not exist'),
        ("names.yaml", 30, "bad-default", 'the default of "database" does not fit the field'),
        ("names.yaml", 34, "unknown-secret", 'there is no secret "TOKN"'),
        ("schema.yaml", 6, "unknown-key", 'unknown key "comand" in "a"'),
        ("schema.yaml", 8, "bad-format", '"timeout" cannot be "soon"'),
        ("schema.yaml", 10, "missing-key", '"no-flow" needs the key "flow"'),
        ("scripts.yaml", 10, "shell-unclosed", "this `{{` has no `}}`"),
        ("scripts.yaml", 13, "unknown-filter", 'there is no filter "shout"'),
        ("scripts.yaml", 16, "unknown-input", '"input.whom" is not a declared input'),
        ("scripts.yaml", 27, "shell-evaluates", "a value cannot be an argument of `eval`"),
        ("scripts.yaml", 30, "shell-evaluates", "a value cannot be an argument of `sh`"),
        ("times.yaml", 4, "bad-cron", '"61" is not a value for minute'),
        ("times.yaml", 8, "bad-cron", "no day matches this expression"),
    ),
)
#: What only a check finds: each kind of rule of the policy is broken once.
VIOLATIONS = (
    *_in("", ("site.yaml", 4, "quick", 'task "publish" may take 3h; at most 2h is allowed')),
    *_in(
        "infra/shop/",
        ("forbidden.yaml", 4, "pinned", 'action "image" has the image "alpine:3", which is not pinned'),
        ("forbidden.yaml", 14, "asks-a-person", 'step "work" of task "prod/unasked" can run without an approval'),
        ("forbidden.yaml", 20, "no-requests", 'step "get" of task "offline/requests" is of `type: http`'),
        ("forbidden.yaml", 24, "quick", 'task "shop/slow" may take 3h; at most 2h is allowed'),
        ("forbidden.yaml", 27, "bounded", 'task "shop/boundless" has no `timeout`, and neither has its step'),
        ("forbidden.yaml", 40, "gives-up", 'step "work" of task "shop/stubborn" is retried 8 times; at most 3'),
        ("forbidden.yaml", 49, "no-pasting", 'step "work" of task "shop/pastes" pastes {{ input.who | raw }}'),
        ("forbidden.yaml", 50, "keeps-secrets", 'task "test/curious" reads the secret "PROD_KEY"'),
        ("forbidden.yaml", 59, "described", 'task "shop/silent" has no `description`', "warning"),
        ("times.yaml", 12, "seldom", 'trigger "shop/often" fires every 1m at times'),
    ),
)
#: The same, by rules about commits: errors of a commit, warnings before there is one.
OF_COMMITS = _in(
    "infra/shop/",
    ("shop.yaml", 20, "promised", 'changed task "prod/ship" breaks its callers, and no commit says so'),
    ("shop.yaml", 31, "owned", 'changed task "owned/guarded" has neither a signed commit nor a review of managers'),
)
ALL = (*MISTAKES, *VIOLATIONS, *OF_COMMITS)
#: An annotation of the plan, which is in no list of problems.
BREAKING = _in("infra/shop/", ("shop.yaml", 20, "task ship changed", "input order became required", "warning"))


def plant(folder: Path, *, committed: bool) -> None:
    """Makes the repository in ``folder``, which may have files already. The mistakes are in the index, or committed."""
    init(folder)
    shutil.copytree(PLANTED / "base", folder, dirs_exist_ok=True)
    commit_all(folder, "base")
    shutil.copytree(PLANTED / "head", folder, dirs_exist_ok=True)
    _copy(folder)
    if committed:
        commit_all(folder)
    else:
        git(folder, "add", "-A")


def _copy(folder: Path) -> None:
    for workspace, names in COPIED.items():
        for name in names:
            text = (CASES / f"{name}.yaml").read_bytes()
            (folder / workspace / ".workflows" / f"{name}.yaml").write_bytes(text)
            first = text.split(b"\n", 1)[0].decode(errors="replace")
            for beside in first.removeprefix("# files:").split() if first.startswith("# files:") else ():
                file = folder / workspace / beside
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch()
    (folder / ".workflows" / "large.yaml").write_bytes(b"#" * (MAX_BYTES + 1))


def uncommitted(mistakes: tuple[Mistake, ...]) -> tuple[Mistake, ...]:
    """The same before the commit."""
    return tuple(replace(each, level="warning") if each in OF_COMMITS else each for each in mistakes)


_ANNOTATION = re.compile(r"::(error|warning|notice) file=(.*?),line=(\d+)(?:,col=\d+)?,title=(.*?)::(.*)")


def annotations(text: str) -> list[Mistake]:
    """The errors and warnings among the workflow commands of a text."""
    found = (_ANNOTATION.search(line) for line in text.splitlines())
    rows = [match.groups() for match in found if match]
    return [Mistake(file, int(line), kind, said, level) for level, file, line, kind, said in rows if level != "notice"]


def differences(found: list[Mistake], expected: tuple[Mistake, ...]) -> tuple[list[Mistake], list[Mistake]]:
    """What was found and not expected, and what was expected and not found; both empty if each is there once."""
    left, missing = list(found), []
    for want in expected:
        fits = [each for each in left if _fits(each, want)]
        if fits:
            left.remove(fits[0])
        else:
            missing.append(want)
    return left, missing


def _fits(found: Mistake, want: Mistake) -> bool:
    """Formats without ids of rules, or without levels, leave them empty."""
    return (
        (found.file, found.line) == (want.file, want.line)
        and (found.kind == want.kind or "" in (found.kind, want.kind))
        and found.level in (want.level, "")
        and found.text.startswith(want.text)
    )
