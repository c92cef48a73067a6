"""Programs whose arguments no row can describe: ``test`` and ``find``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.definitions.shell.refusals import Refusal
from gitflow.definitions.shell.tables import TEST_BINARY, TEST_NUMERIC, TEST_UNARY, table_of
from gitflow.definitions.shell.words import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.definitions.shell.refusals import CommandJudge


def _test(judge: CommandJudge, words: Sequence[Word]) -> Refusal | None:
    """``test …`` and ``[ … ]``: a value is data only where the operator is the script's own and stands alone."""
    inner = list(words[1:])
    if (words[0].text or "").endswith("["):
        if not inner or inner[-1].text != "]":
            return Refusal("test-shape", "test", judge.value_in(words))
        inner.pop()
    if len(inner) > 1 and inner[0].text == "!":
        inner.pop(0)
    if not all(word.is_one_word for word in inner):
        return Refusal("test-shape", "test", judge.value_in(words))
    if len(inner) == 1:
        return None
    if len(inner) == 2 and inner[0].text in ("-v", "-R"):
        return Refusal("variable-test", "test", judge.value_in(words))
    if len(inner) == 2 and inner[0].text in TEST_UNARY:
        return None
    if len(inner) == 3 and inner[1].text in TEST_BINARY | TEST_NUMERIC:
        return None
    return Refusal("test-shape", "test", judge.value_in(words))


_FIND_COMMANDS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
#: Predicates of find whose next word is data.
_FIND_VALUES = table_of(
    """
    -name -iname -path -ipath -wholename -iwholename -lname -ilname -regex -iregex -user -group -uid -gid -size
    -perm -type -xtype -mtime -atime -ctime -mmin -amin -cmin -newer -anewer -cnewer -samefile -inum -links
    -maxdepth -mindepth -fstype -used -printf -regextype -context
    """
)


def _find(judge: CommandJudge, words: Sequence[Word]) -> Refusal | None:
    at = 1
    while at < len(words):
        word = words[at]
        if word.text in _FIND_COMMANDS:
            end = next((i for i in range(at + 1, len(words)) if words[i].text in (";", "+")), len(words))
            inner = words[at + 1 : end]
            found = judge.refusal(inner) if inner else None
            if found is not None:
                return found
            at = end + 1
        elif word.text in _FIND_VALUES:
            at += 2
        elif judge.holds(word) and (not word.lead or word.lead.startswith(("-", "(", "!", ","))):
            return Refusal("option", "find", word)
        else:
            at += 1
    return None


#: By the name of the program's row.
SPECIAL: dict[str, Callable[[CommandJudge, Sequence[Word]], Refusal | None]] = {
    "test": _test,
    "[": _test,
    "find": _find,
}
