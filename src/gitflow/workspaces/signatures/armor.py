"""The binary content of a signature in armor, in one of the two forms that are accepted.

Programs that check signatures look for armor anywhere in a file and may find several, or something else than a
signature in it. They are given what was read here, which is one block and nothing around it.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from gitflow.workspaces.signatures.objects import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

SSH, OPENPGP = "ssh", "openpgp"

_KINDS: Mapping[bytes, str] = {b"SSH SIGNATURE": SSH, b"PGP SIGNATURE": OPENPGP}
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----\n(.*)\n-----END \1-----\n*", re.DOTALL)
#: What may stand before the base64 of OpenPGP (RFC 9580, 6.2.2), and the checksum behind it.
_ARMOR_HEADER = re.compile(rb"(?:[A-Za-z]+: ?[^\n]*\n)*\n")
_CHECKSUM = re.compile(rb"\n=[A-Za-z0-9+/]{4}\Z")
_SIGNATURE_PACKET = 2


def remove_armor(signature: bytes) -> tuple[str, bytes]:
    """Its kind, and its bytes. Raises Malformed."""
    found = _BLOCK.fullmatch(signature.replace(b"\r\n", b"\n"))
    if found is None:
        raise Malformed("the signature is not one block of armor")
    kind = _KINDS.get(found[1])
    if kind is None:
        raise Malformed(f"{found[1].decode()!r} is a form of signature that is not checked: sign with SSH or OpenPGP")
    text = found[2]
    if kind == OPENPGP:
        header = _ARMOR_HEADER.match(text)
        text = _CHECKSUM.sub(b"", text[header.end() if header else 0 :])
    data = _decode(text)
    (_check_ssh if kind == SSH else _check_openpgp)(data)
    return kind, data


def add_ssh_armor(data: bytes) -> bytes:
    """As `ssh-keygen` reads it."""
    lines = base64.encodebytes(data)
    return b"-----BEGIN SSH SIGNATURE-----\n" + lines + b"-----END SSH SIGNATURE-----\n"


def _decode(text: bytes) -> bytes:
    try:
        return base64.b64decode(text.replace(b"\n", b""), validate=True)
    except binascii.Error:
        raise Malformed("the signature is not base64") from None


def _check_ssh(data: bytes) -> None:
    """PROTOCOL.sshsig of OpenSSH: a magic word and version 1; `ssh-keygen` reads the rest."""
    if data[:10] != b"SSHSIG\0\0\0\1":
        raise Malformed("the signature is not an SSH signature of version 1")


def _check_openpgp(data: bytes) -> None:
    """One signature packet and nothing else: a message that is signed inside itself would vouch for itself."""
    tag, start, length = _packet(data)
    if tag != _SIGNATURE_PACKET or start + length != len(data):
        raise Malformed("the signature is not one OpenPGP signature packet")


def _packet(data: bytes) -> tuple[int, int, int]:
    """Its tag, where its content begins, and its length (RFC 9580, 4.2). Lengths that end elsewhere are -1."""
    first, rest = (data[0] if data else 0), data[1:6]
    if not first & 0x80 or len(rest) < 5:
        return 0, 0, -1
    if not first & 0x40:
        size = (1, 2, 4, 0)[first & 3]
        return first >> 2 & 15, 1 + size, int.from_bytes(rest[:size], "big") if size else -1
    if rest[0] < 192:
        return first & 63, 2, rest[0]
    if rest[0] < 224:
        return first & 63, 3, (rest[0] - 192 << 8) + rest[1] + 192
    return first & 63, 6, int.from_bytes(rest[1:5], "big") if rest[0] == 255 else -1
