"""Mutation test of the checks of scripts: removes each row and each rule, and expects the corpus to notice.

Rows are found in the source: the entries of dictionaries, lists, tuples and sets in the constants of a module, the
words of texts that are passed to a function there, and keywords that are ``True``. Rules are functions that may return
no finding: the mutant never returns one. Each mutant runs in a forked process, which imports the checks with that one
change and runs the corpus, beginning with the cases that contain the row. An exception counts as noticed.
"""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.util
import os
import pkgutil
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

PACKAGE = "gitflow.definitions.shell"
#: Our own modules that hold on to the judgement.
_HOLDERS = ("storms.scripts.trial", "storms.scripts.corpus", "storms.scripts.rows")
_JUDGE = "storms.scripts.judge"
#: The modules that make trees: where one of them is changed, what was read before cannot be used.
_READERS = frozenset(f"{PACKAGE}.{name}" for name in ("nodes", "parsers", "bash_tree", "dash_tree"))
#: How many cases are tried where each must be read again by processes of its own.
_MAX_CASES = 250

#: How many a storm tries, of some ten thousand.
COUNT = int(os.environ.get("STORM_MUTANTS", "600"))

#: Keywords and constants that hold sentences for people.
PROSE = frozenset({"why", "advice", "hint", "message"})
#: The argument of a function, by its place, of which the function makes an advice.
_ADVISED = {"prefix": 1}


@dataclass(frozen=True)
class Mutant:
    module: str
    name: str  #: the constant or the function
    what: str  #: what is taken away
    number: int  #: which change of the module
    words: frozenset[str]  #: what cases must hold that may notice it

    def __str__(self) -> str:
        return f"{self.module.removeprefix(PACKAGE).lstrip('.')}.{self.name} without {self.what}"


def storm(seed: int) -> tuple[list[str], dict[str, object]]:
    """The mutants that were not noticed, and the score."""
    found = sample(seed, COUNT)
    from storms.scripts import rows

    if list(rows.lines()) != rows.PATH.read_text().splitlines():
        return [f"{rows.PATH.name} is old: python -m storms.scripts.rows"], {}
    left = survivors(found)
    noticed = len(found) - len(left)
    score = f"{noticed / max(1, len(found)):.1%}"
    return [f"not noticed: {mutant}" for mutant in left], {
        "rows and rules": len(found),
        "noticed": noticed,
        "score": score,
    }


def modules() -> dict[str, Path]:
    package = importlib.import_module(PACKAGE)
    found = {PACKAGE: Path(package.__file__ or "")}
    for each in pkgutil.walk_packages(package.__path__, f"{PACKAGE}."):
        spec = importlib.util.find_spec(each.name)
        if spec is not None and spec.origin:
            found[each.name] = Path(spec.origin)
    return found


def all_mutants() -> list[Mutant]:
    found: list[Mutant] = []
    for module, path in modules().items():
        tree = ast.parse(path.read_text())
        changes = list(_changes(tree))
        found += [Mutant(module, name, what, number, _words(what)) for number, (name, what, _) in enumerate(changes)]
    return found


def _words(what: str) -> frozenset[str]:
    words = {word.strip("'\"()[]") for word in what.replace(",", " ").split()}
    words -= {"the", "row", "entry", "of", "what", "it", "says", "", "*row", "*"}
    return frozenset(words | {word.rstrip("!$:?&=~.|*^><{@%") for word in words} - {""})


def sample(seed: int, count: int) -> list[Mutant]:
    found = all_mutants()
    return random.Random(seed).sample(found, min(count, len(found)))


# Changes: (the name, what is taken away, how), where how changes the tree in place

Change = tuple[str, str, Callable[[], None]]


def _changes(tree: ast.Module) -> Iterator[Change]:
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            name = ast.unparse(target)
            if name != "__all__" and name != "TYPE_CHECKING":
                yield from ((name, what, how) for what, how in _rows(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield from ((node.name, what, how) for what, how in _rules(node))


def _rows(value: ast.expr) -> Iterator[tuple[str, Callable[[], None]]]:
    for node in ast.walk(value):
        match node:
            case ast.Dict(keys=keys, values=values):
                for at, key in enumerate(keys):
                    shown = ast.unparse(key) if key is not None else f"**{_short(values[at])}"
                    yield f"the row {shown}", lambda node=node, at=at: _drop_pair(node, at)
            case ast.List(elts=elements) | ast.Set(elts=elements):
                for at, element in enumerate(elements):
                    yield f"the entry {_short(element)}", lambda node=node, at=at: node.elts.pop(at)
            case ast.Tuple(elts=elements) if not any(_is_prose(element) for element in elements):
                for at, element in enumerate(elements):
                    yield f"the entry {_short(element)}", lambda node=node, at=at: node.elts.pop(at)
            case ast.Call():
                yield from _rows_of_call(node)
            case _:
                pass


def _rows_of_call(call: ast.Call) -> Iterator[tuple[str, Callable[[], None]]]:
    advised = _ADVISED.get(call.func.id) if isinstance(call.func, ast.Name) else None
    texts = [argument for at, argument in enumerate(call.args) if isinstance(argument, ast.Constant) and at != advised]
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Constant):
        texts.append(call.func.value)
    texts += [keyword.value for keyword in call.keywords if keyword.arg not in PROSE and _is_text(keyword.value)]
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "re":
        texts = []
    first = texts[0].value if texts and isinstance(texts[0].value, str) else ""
    for text in texts:
        if not isinstance(text.value, str):
            continue
        parts = text.value.split()
        for at, part in enumerate(parts):
            if len(parts) == 1 and text is texts[0]:
                continue  # the row itself: its own entry is taken away elsewhere
            without = " ".join(parts[:at] + parts[at + 1 :]).rstrip(",")
            of = f" of {first}" if text is not texts[0] else ""
            yield f"{part}{of}", lambda text=text, without=without: setattr(text, "value", without)
    for at, keyword in enumerate(call.keywords):
        if isinstance(keyword.value, ast.Constant) and keyword.value.value is True:
            yield f"{keyword.arg} of {first}", lambda call=call, at=at: call.keywords.pop(at)


def _drop_pair(node: ast.Dict, at: int) -> None:
    node.keys.pop(at)
    node.values.pop(at)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_prose(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value.split()) > 3


def _short(node: ast.expr | None) -> str:
    text = ast.unparse(node) if node is not None else ""
    return text if len(text) < 60 else f"{text[:57]}…"


def _rules(function: ast.FunctionDef) -> Iterator[tuple[str, Callable[[], None]]]:
    """The result of a rule that finds nothing."""
    returns = ast.unparse(function.returns) if function.returns is not None else ""
    if function.name.startswith("__") or ast.unparse(function.body[-1]) == "...":
        return  # the latter only says what another class does
    nothing: list[str] = []
    if "Iterator" in returns:
        nothing = ["return; yield"]
    elif returns == "bool":
        nothing = ["return False", "return True"]
    elif "None" in returns and returns != "None":
        nothing = ["return None"]
    elif returns.startswith(("list", "Sequence", "tuple")) and "..." in returns + "...":
        nothing = ["return []"] if returns.startswith(("list", "Sequence")) else ["return ()"]
    elif returns == "str":
        nothing = ["return ''"]
    for text in nothing:
        if ast.unparse(function.body[-1]) == text and len(function.body) == 1:
            continue  # it says nothing else anyway
        shown = "what it says" if len(nothing) == 1 else f"what it says ({text})"
        yield (
            shown,
            lambda text=text: setattr(function, "body", ast.parse(text).body if "yield" not in text else _empty()),
        )


def _empty() -> list[ast.stmt]:
    return ast.parse("def f():\n    return\n    yield").body[0].body  # type: ignore[attr-defined]


# Trying


def survivors(mutants: Sequence[Mutant], at_once: int = 0) -> list[Mutant]:
    """The mutants that the corpus did not notice."""
    right = _right()
    at_once = at_once or os.cpu_count() or 1
    left: list[Mutant] = []
    running: dict[int, Mutant] = {}
    waiting = list(mutants)
    progress = _Progress(len(mutants))
    while waiting or running:
        while waiting and len(running) < at_once:
            mutant = waiting.pop(0)
            sys.stdout.flush()
            pid = os.fork()
            if not pid:
                os._exit(_try(mutant, right))
            running[pid] = mutant
        pid, status = os.wait()
        if pid in running:
            mutant = running.pop(pid)
            is_left = os.waitstatus_to_exitcode(status) == 0
            left += [mutant] if is_left else []
            progress.tried(mutant, is_left)
    return left


class _Progress:
    """Prints how far the storm is: each mutant that nobody noticed at once, and twenty times how many were tried."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._tried = 0
        self._left = 0
        self._step = max(1, total // 20)

    def tried(self, mutant: Mutant, is_left: bool) -> None:
        self._tried += 1
        self._left += is_left
        if is_left:
            print(f"judgement: not noticed: {mutant}", flush=True)
        if self._tried % self._step == 0 or self._tried == self._total:
            print(f"judgement: {self._tried} of {self._total} tried, {self._left} not noticed", flush=True)


def _right() -> frozenset[int]:
    """The cases with the expected result. Runs them once, so that caches are filled before the forks."""
    from storms.scripts import corpus

    return frozenset(
        number for number, case in enumerate(corpus.cases()) if corpus.is_right(case, corpus.verdict(case))
    )


def _try(mutant: Mutant, right: frozenset[int]) -> int:
    """The exit status of a mutant: 0 if no case noticed it."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    os.dup2(devnull, 2)
    try:
        has_readings = _import(mutant)
        noticed = _its_rows_notice(mutant) or _corpus_notices(mutant, right, has_readings) or _rows_notice()
        return 1 if noticed else 0
    except BaseException:
        return 2


def _its_rows_notice(mutant: Mutant) -> bool:
    """The lines for the programs and words of the change. They are fast and notice most changes of tables."""
    from storms.scripts import rows

    lines = (line for line in rows.PATH.read_text().splitlines() if line.partition("\t")[0] in mutant.words)
    return any(rows.again(line) != line for line in lines)


def _rows_notice() -> bool:
    from storms.scripts import rows

    return list(rows.lines()) != rows.PATH.read_text().splitlines()


def _corpus_notices(mutant: Mutant, right: frozenset[int], has_readings: bool) -> bool:
    """All cases, beginning with those that contain the words of the removed row."""
    from storms.scripts import corpus

    cases = [case for number, case in enumerate(corpus.cases()) if number in right]
    random.Random(1).shuffle(cases)
    cases.sort(key=lambda case: -sum(word in str(case.thing) for word in mutant.words))
    if not has_readings:
        cases = cases[:: max(1, len(cases) // _MAX_CASES)]
    return any(not corpus.is_right(case, corpus.verdict(case)) for case in cases)


def _import(mutant: Mutant) -> bool:
    """Unloads the changed module and every module that uses it, so that the next import finds the change.

    Says whether what the parsers made of the corpus can still be used.
    """
    paths = modules()
    forgotten = _users(mutant.module, paths)
    for name in (*forgotten, _JUDGE):
        sys.modules.pop(name, None)
    package = sys.modules.get(PACKAGE)
    for name in forgotten:
        if package is not None and name.startswith(f"{PACKAGE}."):
            vars(package).pop(name.rpartition(".")[2], None)
    tree = ast.parse(paths[mutant.module].read_text())
    list(_changes(tree))[mutant.number][2]()
    sys.meta_path.insert(0, _Changed(mutant.module, ast.fix_missing_locations(tree)))
    changed = importlib.import_module(_JUDGE)
    for holder in _HOLDERS:
        importlib.import_module(holder).judge = changed  # type: ignore[attr-defined]
    has_readings = not forgotten & _READERS
    _forget(has_readings)
    return has_readings


def _forget(has_readings: bool) -> None:
    """Forgets what the unchanged judgement said of the corpus and the rows, and where it must, what parsers read."""
    from storms.scripts import corpus, rows

    corpus.verdict.cache_clear()
    if has_readings:
        corpus.readings().prepared.clear()
        rows.forget_verdicts()
    else:
        corpus.readings = dict  # type: ignore[assignment]
        rows.forget()


def _users(module: str, paths: dict[str, Path]) -> set[str]:
    uses = {name: _imports(path) for name, path in paths.items()}
    found = {module}
    while True:
        more = {name for name, used in uses.items() if used & found} - found
        if not more:
            return found
        found |= more


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found - {PACKAGE}


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, module: str, tree: ast.Module) -> None:
        self._module = module
        self._tree = tree

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name == self._module else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._tree, f"<{self._module} changed>", "exec"), module.__dict__)


__all__ = ["Mutant", "all_mutants", "modules", "sample", "storm", "survivors"]
