"""The options of an agent, and the checks of them."""

from __future__ import annotations

import os
import ssl
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gitflow.core.errors import InvalidInput
from gitflow.core.hosts import is_readable_on_the_way
from gitflow.core.record import Record, field

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What an agent does with a running step after three quarters of the lease without contact to its server.
ON_LOST_SERVER = ("end", "keep", "retry")


class AgentOptions(Record):
    server: str
    token: str | None
    state_dir: str
    name: str
    tags: tuple[str, ...] = ()
    slots: int = 1
    exclusive: bool = False  #: take only steps that need one of the tags
    #: ``retry``: end it if another attempt may follow, and keep it otherwise
    on_lost_server: str = "retry"
    drain_s: float = 600.0  #: how long running steps may go on once the agent must stop
    environ: Mapping[str, str] = field(default_factory=dict[str, str])
    pass_env: tuple[str, ...] = ()
    container_command: str = ""
    container_images: tuple[str, ...] | None = None
    container_mounts: tuple[str, ...] = ()
    host_network: bool = False
    tls: ssl.SSLContext | None = None  #: of a server with a private authority; None: those of the machine count


def address_of(url: str) -> str:
    """The address of the server without a slash at its end.

    Raises InvalidInput for a text that is no address, and for an address of another machine without TLS.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise InvalidInput(f"{url!r} is not the address of a server") from None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise InvalidInput(f"{url!r} is not the address of a server; write it as https://host:port")
    if "@" in parts.netloc:
        raise InvalidInput("the address of the server must not hold credentials; use GITFLOW_TOKEN")
    if is_readable_on_the_way(parts.scheme, host):
        raise InvalidInput(
            f"{url} is not encrypted, and steps travel with their secrets: use https:// for a server on another machine"
        )
    return url.rstrip("/")


def trusting(ca_file: str) -> ssl.SSLContext:
    """Trusts the authorities in this file, and no others. Raises InvalidInput."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        raise InvalidInput(f"--ca-file: {ca_file} holds no certificate in PEM form") from None
    except OSError as error:
        raise InvalidInput(f"--ca-file: {ca_file}: {error.strerror or error}") from None


def agent_id(state_dir: str) -> str:
    """The id in the state directory, which is created at the first start. Raises OSError."""
    path = os.path.join(state_dir, "agent-id")
    try:
        with open(path, encoding="ascii") as file:
            return str(uuid.UUID(file.read().strip()))
    except FileNotFoundError:
        made = str(uuid.uuid4())
        with open(f"{path}.new", "x", encoding="ascii") as file:
            file.write(f"{made}\n")
            os.fsync(file.fileno())
        os.rename(f"{path}.new", path)
        return made
    except ValueError:
        raise InvalidInput(f"{path} does not hold the id of an agent; remove it, and the agent gets another") from None
