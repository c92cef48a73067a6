"""What a server says of settings that cannot be right, before it listens."""

from __future__ import annotations

import pytest
from running import DEFINITIONS, Running

from gitflow.config import ConfigError, read_config

SETTINGS = {
    "provider": "github",
    "api_url": "https://api.github.com",
    "token_file": "/run/secrets/token",
    "webhook_secret_file": "/run/secrets/hook",
}
CONFIG = """\
workspaces:
  shop:
    type: %s
    pull_requests:
      provider: %s
      api_url: https://api.github.com
      token_file: secrets/token
      webhook_secret_file: /run/secrets/hook
"""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"api_url": "http://api.github.com"}, "https"),
        ({"api_url": "https://ann:secret@api.github.com"}, "without a user"),
        ({"repository": "shop"}, "OWNER/NAME"),
        ({"repository": None}, "OWNER/NAME"),
    ],
)
def test_an_address_without_tls_and_a_repository_without_a_name_are_refused_at_the_start(tmp_path, wrong, said):
    git = {"type": "git", "url": "file:///shop", "pull_requests": {**SETTINGS, "repository": "a/b", **wrong}}
    server = Running(tmp_path, DEFINITIONS, {"workspaces": {"shop": git}}, {})
    with pytest.raises(ConfigError, match=said) as refused:
        server.start()
    assert "workspaces.shop.pull_requests" in str(refused.value)
    assert "secret@" not in str(refused.value)


def test_files_are_named_from_the_folder_of_the_configuration(tmp_path):
    (tmp_path / "server-config.yaml").write_text(CONFIG % ("git\n    url: https://github.com/team/shop", "gitlab"))
    found = read_config(str(tmp_path / "server-config.yaml"), {}).workspaces["shop"].settings["pull_requests"]
    assert found["token_file"] == str(tmp_path / "secrets/token")
    assert found["webhook_secret_file"] == "/run/secrets/hook"


@pytest.mark.parametrize(
    ("kind", "provider"),
    [("folder\n    path: .", "github"), ("git\n    url: https://github.com/team/shop", "svn")],
)
def test_a_folder_and_an_unknown_provider_are_refused(tmp_path, kind, provider):
    (tmp_path / "server-config.yaml").write_text(CONFIG % (kind, provider))
    with pytest.raises(ConfigError):
        read_config(str(tmp_path / "server-config.yaml"), {})
