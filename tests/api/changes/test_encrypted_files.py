"""Encrypted files of a change are judged as the load that follows reads them, with a stand-in for ``sops``."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import ONE, Desk

FILE = ".workflows/prod.sops.yaml"
#: The stand-in shifts each letter: what was encrypted for it begins with ``tfdsfut``.
GOOD = "tfdsfut:\n  UPLFO: ivoufstfdsfu\n"
REFUSED = "ubtlt:\n  u: {}\n"


@pytest.fixture(autouse=True)
def sops(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where it notes each call. It refuses what it has no key for."""
    folder, calls = tmp_path / "bin", tmp_path / "calls"
    folder.mkdir()
    program = folder / "sops"
    script = f"echo call >> {calls}\nread=$(cat)\ncase $read in *LOST*) echo 'no key' >&2; exit 128;; esac"
    program.write_text(f'#!/bin/sh\n{script}\necho "$read" | tr b-za a-z | tr B-ZA A-Z\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return calls


def test_a_change_of_an_encrypted_file_is_decrypted_and_served(direct: Desk):
    reply = direct.put(GOOD, FILE)
    assert reply.status == 200, reply
    [secret] = direct.server.get(f"{ONE}/secrets").json
    assert (secret["name"], secret["sources"]) == ("TOKEN", ["sops"])


@pytest.mark.parametrize(
    ("text", "rule", "said"),
    [
        ("a: LOST\n", "not-decrypted", "could not decrypt the file (exit code 128)"),
        (REFUSED, "encrypted-section", "may contain only `secrets`, not `tasks`"),
        ("tfdsfut: [\n", "syntax", "the decrypted file is not YAML"),
    ],
)
def test_what_could_not_be_loaded_is_refused_before_it_is_pushed(direct: Desk, text: str, rule: str, said: str):
    reply = direct.put(text, FILE)
    assert (reply.status, reply.json["code"]) == (422, "invalid_definitions"), reply
    [problem] = reply.json["problems"]
    assert problem["file"] == FILE
    assert said in problem["message"]
    assert "ivou" not in str(reply.json)
    assert "hunt" not in str(reply.json)
    assert direct.remote.tip() == direct.base
    assert direct.left() == []


def test_an_encrypted_file_is_decrypted_once_for_the_judgement_and_the_load(direct: Desk, sops: Path):
    made = direct.put(GOOD, FILE).json
    assert direct.server.get(ONE).json["revision"] == made["revision"]
    assert sops.read_text() == "call\n"


def test_a_change_on_top_of_a_file_that_cannot_be_decrypted_is_refused_until_it_is_mended(direct: Desk):
    direct.commit({FILE: "a: LOST\n"})
    assert direct.server.get(ONE).json["candidate"]["revision"] == direct.base
    assert direct.put("# another\n", ".workflows/c.yaml").status == 422
    reply = direct.put(GOOD, FILE)
    assert reply.status == 200, reply
    assert direct.server.get(ONE).json["revision"] == reply.json["revision"]


def test_a_proposal_is_not_decrypted_before_a_person_has_agreed(proposing: Desk, sops: Path):
    assert proposing.put("secrets: {TOKEN: x}\nsops: {version: '3'}\n", FILE).status == 202
    assert not sops.exists()
