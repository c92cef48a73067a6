"""One block of armor with one signature in it, and nothing around it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.workspaces.signatures.armor import add_ssh_armor, remove_armor
from gitflow.workspaces.signatures.objects import Malformed

SSH = b"SSHSIG\0\0\0\1" + b"x" * 70


def pgp(data: bytes, headers: bytes = b"\n", kind: bytes = b"SIGNATURE") -> bytes:
    begin, end = b"-----BEGIN PGP " + kind + b"-----\n", b"-----END PGP " + kind + b"-----\n"
    return begin + headers + base64.encodebytes(data) + b"=AbCd\n" + end


def test_an_ssh_signature_comes_back_as_it_was():
    assert remove_armor(add_ssh_armor(SSH)) == ("ssh", SSH)


@pytest.mark.parametrize(
    "packet", [b"\xc2\x05abcde", b"\xc2\xc0\x00" + b"a" * 192, b"\xc2\xff\0\0\0\5abcde", b"\x88\5abcde"]
)
@pytest.mark.parametrize("headers", [b"\n", b"Version: GnuPG v2\nComment: by hand\n\n", b""])
def test_one_packet_of_openpgp_is_accepted(packet, headers):
    assert remove_armor(pgp(packet, headers)) == ("openpgp", packet)


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        (b"\xc2\x05abcde\xc2\x05abcde", "not one OpenPGP signature packet"),
        (b"\xcb\x05abcde", "not one OpenPGP signature packet"),
        (b"\x90\x0dabcdefghijklm\xcb\x05abcde\xc2\x05abcde", "not one OpenPGP signature packet"),
        (b"\xc2\x06abcde", "not one OpenPGP signature packet"),
        (b"\xc2\xe1abcde", "not one OpenPGP signature packet"),
        (b"\x8babcde", "not one OpenPGP signature packet"),
        (b"\x02\x05abcde", "not one OpenPGP signature packet"),
        (b"\xc2", "not one OpenPGP signature packet"),
        (b"", "not base64"),
    ],
)
def test_anything_else_than_one_signature_packet_is_refused(packet, why):
    with pytest.raises(Malformed, match=why):
        remove_armor(pgp(packet))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"x" + add_ssh_armor(SSH), "not one block"),
        (add_ssh_armor(SSH) + b"x", "not one block"),
        (add_ssh_armor(SSH) + add_ssh_armor(SSH), "not base64"),
        (add_ssh_armor(SSH).replace(b"END SSH", b"END PGP"), "not one block"),
        (add_ssh_armor(b"SSHSIG\0\0\0\2" + b"x" * 9), "version 1"),
        (add_ssh_armor(b""), "not one block"),
        (pgp(b"\xc2\x05abcde", kind=b"MESSAGE"), "'PGP MESSAGE' is a form of signature that is not checked"),
        (add_ssh_armor(SSH).replace(b"SSH SIGNATURE", b"SIGNED MESSAGE"), "'SIGNED MESSAGE' is a form"),
        (add_ssh_armor(SSH).replace(b"U1N", b"U!N"), "not base64"),
        (b"signed, Ann", "not one block"),
    ],
)
def test_what_is_no_block_of_armor_is_refused(text, why):
    with pytest.raises(Malformed, match=why):
        remove_armor(text)


@given(st.binary(max_size=300) | st.binary(max_size=300).map(add_ssh_armor) | st.binary(max_size=300).map(pgp))
def test_any_bytes_are_a_signature_or_refused(data):
    try:
        kind, found = remove_armor(data)
    except Malformed:
        return
    assert (kind == "ssh" and found.startswith(b"SSHSIG")) or (kind == "openpgp" and found[0] & 0x80)
