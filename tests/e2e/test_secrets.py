"""Secrets that a workspace keeps encrypted: found when an attempt starts, and on no disk in clear."""

from pathlib import Path

WORD, SHIFTED = "topsecretword", "gbcfrpergjbeq"
ENCRYPTED = f"""
secrets:
    TOKEN: {SHIFTED}
sops:
    version: 3.9.0
"""
FLOW = """
tasks:
  use:
    flow:
      s:
        type: shell
        env: {TOKEN: "{{ secret.TOKEN }}"}
        cmd: |
          test "$TOKEN" = "$(printf %s gbcfrpergjbeq | tr a-z n-za-m)"
          echo "it is $TOKEN"
"""


def test_an_encrypted_secret_reaches_the_step_and_is_written_nowhere(gitflow, tmp_path: Path):
    """The stand-in for ``sops`` shifts letters of the secret by thirteen."""
    sops = tmp_path / "bin" / "sops"
    sops.parent.mkdir()
    sops.write_text(f"#!/bin/sh\nsed -e '/^sops:/,$d' -e 's/{SHIFTED}/{WORD}/'\n")
    sops.chmod(0o755)
    gitflow.write(".workflows/prod.sops.yaml", ENCRYPTED)
    gitflow.write(".workflows/a.yaml", FLOW)
    path = f"{sops.parent}:{gitflow.environ['PATH']}"
    done = gitflow("run", "use", env={"PATH": path})
    assert done.returncode == 0, done.stderr
    assert "it is ••••••" in done.stdout
    for file in gitflow.state.rglob("*"):
        assert not file.is_file() or WORD.encode() not in file.read_bytes(), file
