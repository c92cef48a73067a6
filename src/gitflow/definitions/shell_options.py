"""Values that a command may take for options: ``git clone {{ … }}`` when the value begins with a dash.

The value stays one word, but some commands have options that run programs or write files. These are warnings,
for a short table of commands; what follows ``--``, an option that takes a value, or text of the script's own
is not looked at.
"""

from __future__ import annotations

from gitflow.core.record import record
from gitflow.definitions.shell_commands import command_at
from gitflow.definitions.shell_nodes import descendants, text_of, word_nodes
from gitflow.definitions.shell_tables import FIND_EXEC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

    from gitflow.definitions.shell_commands import Word
    from gitflow.definitions.shell_nodes import Reading

_DASHES = "write -- before the values"

#: What a value could be, and what to write (``@`` is the template).
COMMANDS: dict[str, tuple[str, str]] = {
    "tar": ("--checkpoint-action=exec=…", _DASHES),
    "bsdtar": ("--use-compress-program=…", _DASHES),
    "rsync": ("--rsh=…", _DASHES),
    "git": ("--upload-pack=…", "write -- before a path or an address, --end-of-options before a revision"),
    "find": ("-delete or -exec", "write ./@, or a `case` on it that allows what you expect"),
    "curl": ("-o… or -K…", "write --url @"),
    "wget": ("--output-document=… or --use-askpass=…", _DASHES),
    "scp": ("-oProxyCommand=…", _DASHES),
    "sftp": ("-oProxyCommand=…", _DASHES),
    "zip": ("--unzip-command=…", _DASHES),
}
_ENDS = frozenset({"--", "--end-of-options"})


@record
class Loose:
    """A template that could be an option: where its word begins, and of which command."""

    start: int
    command: str


def loose_of(root: Node, reading: Reading) -> Iterator[Loose]:
    for node in descendants(root):
        if node.type not in ("command", "redirected_statement"):
            continue
        nodes = list(word_nodes(node))
        words = [reading.word(each, -1) for each in nodes]
        at = command_at(words, 0)
        if isinstance(at, int) and at < len(words) and words[at].name in COMMANDS:
            yield from _loose(nodes[at:], words[at:], reading)


def _loose(nodes: Sequence[Node], words: Sequence[Word], reading: Reading) -> Iterator[Loose]:
    name = words[0].name
    for at in range(1, len(words)):
        word, before = words[at], words[at - 1]
        if word.fixed and word.lead in _ENDS | FIND_EXEC:
            return
        bundled = name == "tar" and at == 2 and before.fixed  # `tar xf FILE`
        if bundled or (at > 1 and before.lead.startswith("-")):
            continue
        start = reading.first_template(nodes[at])
        if start is not None and not _before(nodes[at], start):
            yield Loose(start, name)


def _before(word: Node, start: int) -> str:
    return text_of(word)[: start - word.start_byte].strip("\"'")
