"""Creates the administrator in ``auth.initial_user`` when a server without accounts starts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.config import ConfigError
from gitflow.core.errors import InvalidInput
from gitflow.core.identity import User
from gitflow.identity.passwords import hash_password
from gitflow.runtime.operations import accounts

if TYPE_CHECKING:
    from gitflow.api.http.context import Context
    from gitflow.config import Config
    from gitflow.config.access import InitialUser


async def create_initial_user(context: Context) -> None:
    """Raises ConfigError for an invalid email or password."""
    config = context.config
    initial = config.auth.initial_user if config.auth else None
    if initial is None or await context.reader.read(lambda stores: stores.identity.has_users()):
        return
    password_hash = await asyncio.to_thread(_hash_password_of, config, initial)
    user = User(context.job_factory.new_id(), initial.email, "", 0.0, password_hash)
    store, clock = context.stores.identity, context.clock
    try:
        await asyncio.wrap_future(context.commits.submit(lambda _: accounts.first_user(store, user, clock.wall())))
    except InvalidInput as error:
        raise _config_error(config, "auth.initial_user", str(error)) from None


def _hash_password_of(config: Config, initial: InitialUser) -> str:
    """The hash of the configured password. Raises ConfigError if it is too short or too long."""
    password = initial.password or ""
    try:
        return hash_password(password)
    except InvalidInput as error:
        key = "auth.initial_user.password (or the file that password_file names)"
        raise _config_error(config, key, f"{error}, but this one has {len(password)}") from None


def _config_error(config: Config, key: str, why: str) -> ConfigError:
    return ConfigError(f"{config.path or 'the configuration'}: {key}: {why}")
