"""Reads the JSON that commands of a guide print."""

from __future__ import annotations

import json
from typing import Any


def printed(output: str) -> list[Any]:
    """The JSON at the end of what a session prints."""
    decoder, found = json.JSONDecoder(), []
    text = output[output.index("\n{\n") :].strip()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].strip()
    return found
