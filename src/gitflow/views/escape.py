"""Makes text that somebody else wrote harmless where it is shown: on a terminal, in Markdown, in a workflow command."""

from __future__ import annotations

from gitflow.core.patterns import pattern

_TICKS = pattern(r"`+")


def on_one_line(text: str) -> str:
    """Without line ends, and with everything that a terminal acts on written out as JSON writes it."""
    line = " ".join(text.split())
    return line if line.isprintable() else "".join(map(_printable, line))


def _printable(letter: str) -> str:
    return letter if letter.isprintable() else f"\\u{ord(letter):04x}"


def markdown(text: str, longest: int = 300) -> str:
    """As code: nothing in it is a mention, a link, an image, HTML or the end of a table's cell."""
    line = shortened(on_one_line(text), longest)
    if not line:
        return ""
    fence = "`" * (max((len(found) for found in _TICKS.findall(line)), default=0) + 1)
    room = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{room}{line}{room}{fence}"


def shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def command(text: str) -> str:
    """The message of a workflow command of GitHub Actions."""
    text = text if text.isprintable() else "".join(each if each in "\r\n" else _printable(each) for each in text)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """A property of one: ``file=…``."""
    return command(text).replace(":", "%3A").replace(",", "%2C")
