"""bash's ``$'…'``: text with the escapes of the language C."""

from __future__ import annotations

import re

_ANSI = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}


def unescaped(raw: str) -> str:
    """What the inside of ``$'…'`` stands for."""

    def meant(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] in _ANSI and len(code) == 1:
            return _ANSI[code]
        if code[0] == "x" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code[0] in "uU" and len(code) > 1:
            number = int(code[1:], 16)
            return chr(number) if number < 0x110000 else "\ufffd"
        if code[0] in "01234567":
            return chr(int(code, 8) & 0xFF)
        if code[0] == "c" and len(code) > 1:
            return chr(ord(code[1]) & 0x1F)
        return code if code in "\\'\"?" else "\\" + code

    return re.sub(
        r"\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|[0-7]{1,3}|c.|.)", meant, raw, flags=re.DOTALL
    )
