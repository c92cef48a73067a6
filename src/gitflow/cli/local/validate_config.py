"""``gitflow validate server-config.yaml``: every problem of a server's configuration, without starting the server."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from gitflow.api.http.importing import import_aiohttp
from gitflow.cli.console.exits import FAILED, OK
from gitflow.cli.console.reports import report
from gitflow.config.artifacts import check_as_config
from gitflow.config.problems import problems_of_config

if TYPE_CHECKING:
    from gitflow.config import Config


def validate_config(path: str, form: str) -> int:
    """The exit status: 0 without errors, 1 otherwise. Raises ConfigError for a file that cannot be read."""
    problems = problems_of_config(path, os.environ, _check_start)
    sys.stdout.write(report(problems, form))
    return FAILED if any(problem.is_error for problem in problems) else OK


def _check_start(config: Config) -> None:
    """Raises ConfigError for an address, a secret or a place of artifacts that a server refuses. Writes nothing."""
    import_aiohttp()
    from gitflow.api.auth.credentials import secret_of
    from gitflow.api.serve import address_of

    address_of(config)
    if config.auth is not None and config.auth.jwt_secret is not None:
        secret_of(config)
    check_as_config(config)
