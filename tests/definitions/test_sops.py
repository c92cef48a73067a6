"""Encrypted secrets, with a stand-in for the program `sops` that shifts letters and digits."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitflow.core.language.sources import SourceFile
from gitflow.core.templates.render import render
from gitflow.core.templates.texts import TemplateError
from gitflow.definitions import compiled
from gitflow.definitions.loader import load
from gitflow.definitions.sops import Refusal, Vault, hide_values, value
from gitflow.definitions.source.base import Loaded
from gitflow.definitions.source.reader import read

CLEAR, SHIFTED = string.ascii_lowercase + string.digits, string.ascii_lowercase[1:] + "a" + string.digits[1:] + "0"

FILE = ".workflows/prod.sops.yaml"
TEXT = """\
secrets:
  TOKEN: hunter2token
  DB:
    password: "pa{{ss}} 'wörd'"
    port: 05432
    key: |
      line one
      line two
"""


def encrypted(text: str) -> bytes:
    return text.translate(str.maketrans(CLEAR, SHIFTED)).encode()


def program(folder: Path, script: str) -> None:
    sops = folder / "sops"
    sops.write_text(f"#!/bin/sh\n{script}\n")
    sops.chmod(0o755)


@pytest.fixture
def sops(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where it keeps count of its calls."""
    calls = tmp_path / "calls"
    folder = tmp_path / "bin"
    folder.mkdir()
    program(folder, f"echo call >> {calls}; tr b-za1-90 a-z0-9")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return calls


def loaded(text: str, clear: str = "") -> Loaded:
    files = [SourceFile(FILE, encrypted(text)), SourceFile(".workflows/b.yaml", clear.encode())]
    return load(files, workspace="w", revision="r", has_file=lambda path: True)


def told(result: Loaded) -> list[tuple[str, int]]:
    return [(problem.rule, problem.line) for problem in result.problems]


@pytest.fixture
def workflows(tmp_path: Path) -> Path:
    folder = tmp_path / "workflows"
    folder.mkdir()
    (folder / "prod.sops.yaml").write_bytes(encrypted(TEXT))
    return folder


def test_no_value_is_compiled(sops: Path):
    result = loaded(TEXT)
    assert result.problems == ()
    assert result.snapshot is not None
    assert result.compiled is not None
    for plain in ("hunter2", "pa{{ss", "5432", "line one", "line two"):
        assert plain.encode() not in result.compiled
        assert plain not in repr(result.snapshot)
    assert set(result.snapshot.secrets["DB"]) == {"password", "port", "key"}


def test_what_is_compiled_leads_to_the_values(sops: Path, workflows: Path):
    data = loaded(TEXT).compiled
    assert data is not None
    vault = Vault(lambda: str(workflows))
    found = render(dict(compiled.decode(data).secrets), {"sops": vault.value})
    database = {"password": "pa{{ss}} 'wörd'", "port": "05432", "key": "line one\nline two\n"}
    assert found == {"TOKEN": "hunter2token", "DB": database}


def test_a_vault_decrypts_a_file_once(sops: Path, workflows: Path):
    vault = Vault(lambda: str(workflows))
    for _ in range(3):
        assert vault.value(FILE, "TOKEN") == "hunter2token"
    assert sops.read_text() == "call\n"


def test_a_vault_that_nobody_asks_opens_nothing(sops: Path):
    Vault(lambda: pytest.fail("asked for its folder"))
    assert not sops.exists()


def test_a_value_of_a_file_on_disk(sops: Path, workflows: Path):
    assert value(str(workflows / "prod.sops.yaml"), ("DB", "port")) == "05432"


@pytest.mark.parametrize("file", [
    "/etc/prod.sops.yaml", ".workflows/../other/prod.sops.yaml", ".workflows/link.sops.yaml", ".workflows/b.yaml",
    "../prod.sops.yaml", ".workflows/gone.sops.yaml",
])  # fmt: skip
def test_a_vault_opens_encrypted_files_of_its_workspace_only(sops: Path, workflows: Path, file: str):
    other = workflows.parent / "other"
    other.mkdir()
    for path in (other / "prod.sops.yaml", workflows / "b.yaml"):
        path.write_bytes(encrypted(TEXT))
    (workflows / "link.sops.yaml").symlink_to(other / "prod.sops.yaml")
    with pytest.raises(TemplateError):
        Vault(lambda: str(workflows)).value(file, "TOKEN")
    assert not sops.exists()


@pytest.mark.parametrize("keys", [(), ("DB",), ("GONE",), ("TOKEN", "inner")])
def test_a_name_without_a_value_is_an_error_that_says_so(sops: Path, workflows: Path, keys: tuple[str, ...]):
    with pytest.raises(TemplateError, match="no secret") as refused:
        Vault(lambda: str(workflows)).value(FILE, *keys)
    assert "hunter2" not in str(refused.value)


def test_only_secrets_may_be_encrypted(sops: Path):
    text = "actions:\n  hidden1: {type: shell, cmd: hidden2}\non_error: [{action: hidden3}]\n" + TEXT
    result = loaded(text, "tasks: {t: {flow: {s: {action: hidden1}}}}")
    assert told(result) == [("encrypted-section", 1), ("encrypted-section", 3)]
    assert "hidden" not in repr(result.problems)


def test_a_secret_too_short_to_mask_is_told_without_it(sops: Path):
    result = loaded("secrets: {PIN: q7z, A: {B: 7}, C: long enough}")
    assert [rule for rule, _ in told(result)] == ["short-secret"] * 2
    assert "q7z" not in repr(result.problems)


def test_secrets_are_known_to_templates_and_checked_for_their_names(sops: Path):
    action = "actions: {{a: {{type: shell, env: {{T: '{{{{ secret.{} }}}}'}}, cmd: 'true'}}}}"
    assert loaded(TEXT, action.format("TOKEN")).problems == ()
    assert told(loaded(TEXT, action.format("TOKE"))) == [("unknown-secret", 1)]


@pytest.mark.parametrize("text", [
    "hunter2", "[hunter2]", "secrets: hunter2", "secrets: [hunter2]", "secrets: {A: [hunter2]}",
    "secrets: {A: !hunter2 b}",
    "secrets: {A: *hunter2}", "secrets: {A: 1e999}", "secrets: 'hunter2", "secretz: {A: hunter2}", "a: hunter2: b",
    "tasks: {t: {flow: {s: {type: hunter2}}}}", "triggers: hunter2", "secrets: {A: hunter2}\nsecrets: hunter2",
    "%hunter2\n---\na", "secrets: {A: {B: {C: [hunter2, {D: hunter2}]}}}", "%TAG hunter2\n--- a",
    "secrets: {A: \"\\hunter2\"}",
])  # fmt: skip
def test_no_problem_tells_a_value(sops: Path, text: str):
    result = loaded(text)
    assert result.problems
    assert "hunter2" not in repr(result.problems)
    assert "e999" not in repr(result.problems)


TREES = st.recursive(
    st.just("hunter2") | st.just("hunter2 {{ 7 }}") | st.just("hun hunter2\nx"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["secrets", "A", "B", ""]), inner),
    max_leaves=8,
)


@given(TREES)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_document_with_hidden_values_holds_none_of_them(tree: object):
    document = hide_values(read(FILE, json.dumps(tree).encode()))
    assert "hunter2" not in repr((document.value, document.problems, document.text))


def test_without_sops_the_author_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    [problem] = loaded(TEXT).problems
    assert problem.rule == "not-decrypted"
    assert "sops" in problem.message


def test_a_refusal_of_sops_is_passed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, workflows: Path):
    program(tmp_path, "cat >/dev/null; echo no key >&2; exit 128")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    [problem] = loaded(TEXT).problems
    assert (problem.rule, problem.hint) == ("not-decrypted", "no key")
    with pytest.raises(TemplateError, match=r"could not decrypt the file \(exit code 128\): no key"):
        Vault(lambda: str(workflows)).value(FILE, "TOKEN")
    assert Refusal("a").hint == ""
