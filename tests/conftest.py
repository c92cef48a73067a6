"""What every test stands on: an environment of its own, and properties without a clock."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))  # parts.py, committing.py

import parts
from committing import GIT_CONFIG
from gitflow.stores.sqlite.database import JOB_MIGRATIONS, LOG_MIGRATIONS
from gitflow.stores.sqlite.migrations import keep_image

# A shared machine is slow by chance; a property holds or does not, however long that takes.
settings.register_profile("quick", max_examples=30, deadline=None, print_blob=True)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

_HOME = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """No test reads or writes what belongs to the person who runs it: state, cache, home, git's settings.

    Commands that tests start may write bytecode; without it each start takes two to four times as long. They can be
    interrupted, also where the tests run in the background of a shell, which ignores SIGINT for all that it starts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.pluginmanager.register(parts)
    home = tempfile.mkdtemp(prefix="gitflow-tests-")
    config.stash[_HOME] = home
    git_config = Path(home, "tests.gitconfig")
    git_config.write_text(GIT_CONFIG)
    for name in list(os.environ):
        if name.startswith(("GITFLOW_", "GIT_")) or name == "PYTHONDONTWRITEBYTECODE":
            del os.environ[name]
    os.environ.update(
        HOME=home,
        GITFLOW_STATE=f"{home}/state",
        XDG_STATE_HOME=f"{home}/.local/state",
        XDG_CACHE_HOME=f"{home}/.cache",
        XDG_CONFIG_HOME=f"{home}/.config",
        GIT_CONFIG_GLOBAL=str(git_config),
        GIT_CONFIG_NOSYSTEM="1",
        GIT_AUTHOR_NAME="Test",
        GIT_AUTHOR_EMAIL="test@localhost",
        GIT_COMMITTER_NAME="Test",
        GIT_COMMITTER_EMAIL="test@localhost",
        NO_COLOR="1",
        TZ="UTC",
    )


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays until the end: nobody need look through it for garbage, neither now nor later.

    Afterwards garbage is looked for less often than by default, which takes a twentieth of the time of all tests.
    """
    gc.disable()
    collected = yield
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 20)
    return collected


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_HOME], ignore_errors=True)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True, scope="session")
def one_image_of_new_stores() -> None:
    """A new store is a copy of one that was made once: the migrations are most of what an empty one costs."""
    keep_image(JOB_MIGRATIONS)
    keep_image(LOG_MIGRATIONS)


@pytest.fixture(autouse=True, scope="module")
def no_parser_stays() -> Iterator[None]:
    """A load ends the process that reads its scripts; a test that reads them without a load leaves it running."""
    yield
    parsers = sys.modules.get("gitflow.definitions.shell.parsers")
    if parsers is not None:
        parsers.close()
