"""Opens and checks the place where servers keep the artifacts that they share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from gitflow.config.settings import ConfigError
from gitflow.core.errors import StoreError
from gitflow.core.hosts import is_readable_on_the_way
from gitflow.stores.blobs.folder import FolderBlobs
from gitflow.stores.blobs.marked import MarkedBlobs
from gitflow.stores.protocols.blobs import checked_key
from gitflow.stores.sealing import sealer_of
from gitflow.stores.shared_files import SharedFiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from urllib.parse import SplitResult

    from gitflow.config.settings import Config
    from gitflow.config.sharing import ArtifactsConfig
    from gitflow.stores.protocols.blobs import Blobs


def open_blobs(config: Config) -> Blobs | None:
    """None: every server keeps its artifacts for itself. Connects to nothing. Raises ConfigError."""
    given = config.artifacts
    if given is None:
        return None
    try:
        address = urlsplit(given.url)
        return {"file": _folder, "s3": _bucket}[address.scheme](config, given, address)
    except (KeyError, ValueError):
        raise _refused(config, "url", f"{given.url!r} is neither file:///FOLDER nor s3://BUCKET/PREFIX") from None


def share_of(config: Config) -> Callable[[str], SharedFiles] | None:
    """What opens the shared files of a store. Raises ConfigError."""
    blobs = open_blobs(config)
    if blobs is None:
        return None
    marked = MarkedBlobs(blobs, sealer_of(config.state_dir, config.secrets_key_file).ids)
    return lambda folder: SharedFiles(marked, folder, marked.may_sweep)


def check_artifacts(config: Config, *, writes: bool) -> None:
    """Asks the folder or bucket. ``writes``: whether a file can be put and removed. Raises StoreError, ConfigError."""
    blobs = open_blobs(config)
    if blobs is not None:
        blobs.check(writes=writes)


def check_as_config(config: Config) -> None:
    """The same without writing. Raises ConfigError."""
    try:
        check_artifacts(config, writes=False)
    except StoreError as error:
        raise ConfigError(f"{config.path or 'the configuration'}: {error}") from None


def _folder(config: Config, given: ArtifactsConfig, address: SplitResult) -> Blobs:
    folder = os.path.normpath(unquote(address.path))
    if address.netloc or not os.path.isabs(folder) or address.query or address.fragment:
        raise ValueError
    own = os.path.realpath(os.path.join(config.state_dir, "artifacts"))
    if os.path.commonpath((own, os.path.realpath(folder))) == own:
        why = "is in the state directory, which is of this server alone; name a folder that every server mounts"
        raise _refused(config, "url", f"{folder} {why}")
    return FolderBlobs(folder)


def _bucket(config: Config, given: ArtifactsConfig, address: SplitResult) -> Blobs:
    prefix = address.path.strip("/")
    if not address.netloc or "@" in address.netloc or address.query or address.fragment:
        raise ValueError
    if prefix:
        checked_key(prefix)
    _check_endpoint(config, given)
    try:
        from gitflow.stores.blobs.s3 import Bucket, S3Blobs
    except ModuleNotFoundError as error:
        if error.name != "obstore":
            raise
        raise _refused(config, "url", "S3 needs an extra: pip install 'gitflow-runner[s3]'") from None
    secret = _secret(config, given)
    return S3Blobs(Bucket(address.netloc, prefix, given.endpoint, given.region, given.access_key_id, secret))


def _check_endpoint(config: Config, given: ArtifactsConfig) -> None:
    if given.endpoint is None:
        return
    at = urlsplit(given.endpoint)
    if not given.allow_http and is_readable_on_the_way(at.scheme, at.hostname or ""):
        why = "others on the way could read artifacts; use https, or say `allow_http: true`"
        raise _refused(config, "endpoint", why)


def _secret(config: Config, given: ArtifactsConfig) -> str | None:
    path = given.secret_access_key_file
    if (path is None) != (given.access_key_id is None):
        why = "access_key_id and secret_access_key_file go together; without both, those of the environment are used"
        raise _refused(config, "access_key_id", why)
    if path is None:
        return None
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not ASCII text"
        raise _refused(config, "secret_access_key_file", f"cannot read {path}: {why}") from None


def _refused(config: Config, name: str, why: str) -> ConfigError:
    return ConfigError(f"{config.path or 'the configuration'}: artifacts.{name}: {why}")
