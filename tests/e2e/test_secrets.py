"""Secrets that a workspace keeps encrypted: found when an attempt starts, and on no disk in clear."""

import json
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


BEHIND = """
secrets:
  TOKEN: "{{ env.SHOP_TOKEN }}"
  LOGIN: {user: "{{ env.SHOP_USER }}", password: "{{ env.SHOP_PASSWORD }}", zone: "{{ env.SHOP_ZONE | default('eu') }}"}
  UNUSED: "{{ env.SHOP_UNUSED }}"
connection_types: {web: {login: {type: object}}}
connections: {shop: {type: web, login: "{{ secret.LOGIN }}"}}
actions: {call: {type: shell, input: {to: {type: web, default: shop}}, cmd: echo called}}
tasks:
  use: {flow: {s: {type: shell, env: {TOKEN: "{{ secret.TOKEN }}"}, cmd: echo "$TOKEN"}, c: {action: call}}}
"""


def test_a_missing_secret_names_the_variable_to_set_and_a_dry_run_finds_it(gitflow):
    gitflow.write(".workflows/a.yaml", BEHIND)
    token = "secret 'TOKEN' needs the environment variable SHOP_TOKEN, which is not set; set it where gitflow runs: "
    login = "secret 'LOGIN' needs the environment variables SHOP_USER, SHOP_PASSWORD, which are not set; set them "
    ran = gitflow("run", "use")
    assert (ran.returncode, f"{token}export SHOP_TOKEN=…" in ran.stderr) == (1, True), ran.stderr

    planned = gitflow("run", "use", "--dry-run")
    assert (planned.returncode, "1. s" in planned.stdout) == (1, True)
    found = planned.stderr.splitlines()
    assert [line.startswith(f"gitflow: {why}") for line, why in zip(found, (login, token), strict=True)] == [True, True]
    problems = json.loads(gitflow("run", "use", "--dry-run", "--json").stdout)["problems"]
    assert problems == [line.removeprefix("gitflow: ") for line in found]

    given = {"SHOP_TOKEN": "t", "SHOP_USER": "u", "SHOP_PASSWORD": "p"}
    planned = gitflow("run", "use", "--dry-run", env=given)
    assert (planned.returncode, planned.stderr) == (0, "")
    assert gitflow("run", "use", env=given).returncode == 0
