"""The command that runs steps of a server on this machine."""

from __future__ import annotations

import os
from typing import Any

import click

from gitflow.cli.commands.backend import SERVER, TOKEN
from gitflow.cli.console.options import finish


@click.command()
@click.option(
    "--server", metavar="URL", help=f"Run steps of this server (default: ${SERVER}), with the key in ${TOKEN}."
)
@click.option(
    "--ca-file", metavar="FILE", help="Trust the server by the authorities in this PEM file, and by no others."
)
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Offer this tag; may be repeated.")
@click.option("--tags", "tag_list", metavar="A,B", default="", help="Offer these tags.")
@click.option("--exclusive", is_flag=True, help="Take only steps that need one of these tags.")
@click.option(
    "--slots", type=click.IntRange(1, 10_000), metavar="N", help="Run so many steps at once (default: cores)."
)
@click.option("--name", metavar="NAME", help="Show the agent under this name (default: the host's).")
@click.option(
    "--state-dir", metavar="DIR", help="Keep the agent's files here (default: $GITFLOW_AGENT_STATE, or in your home)."
)
@click.option("--pass-env", multiple=True, metavar="NAME", help="Pass this environment variable on to the steps.")
@click.option(
    "--on-lost-server",
    type=click.Choice(["end", "keep", "retry"]),
    default="retry",
    show_default=True,
    help="End running steps, keep them, or end those that may be retried, once the server is not heard of any more.",
)
@click.option(
    "--drain-timeout", metavar="DURATION", default="10m", show_default=True, help="Give running steps so long on TERM."
)
@click.option(
    "--container-command", metavar="NAME", default="", help="Run containers with this (default: podman, docker)."
)
@click.option("--allow-image", "images", multiple=True, metavar="GLOB", help="Run only such images; may be repeated.")
@click.option(
    "--allow-mount", "mounts", multiple=True, metavar="DIR", help="Let steps mount this folder; may be repeated."
)
@click.option("--allow-host-network", is_flag=True, help="Let containers use the network of this machine.")
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", help="Write the agent's log in this format."
)
def agent(**given: Any) -> None:
    """Run steps of a server on this machine.

    The agent connects to the server and takes the steps that its tags and its API key allow, until a signal ends it.
    """
    finish(lambda: _agent(**given))


def _agent(
    *,
    server: str | None,
    ca_file: str | None,
    tags: tuple[str, ...],
    tag_list: str,
    slots: int | None,
    name: str | None,
    state_dir: str | None,
    drain_timeout: str,
    images: tuple[str, ...],
    mounts: tuple[str, ...],
    allow_host_network: bool,
    log_format: str,
    **more: Any,
) -> int:
    from gitflow.agent.options import AgentOptions, trusting
    from gitflow.cli.local.agent import run_agent
    from gitflow.core.durations import seconds
    from gitflow.core.errors import InvalidInput

    server = server or os.environ.get(SERVER)
    if not server:
        raise InvalidInput(f"this command needs a server; name one with --server or ${SERVER}")
    try:
        drain_s = seconds(drain_timeout)
    except ValueError:
        raise InvalidInput(f"--drain-timeout: {drain_timeout!r} is not a duration such as 10m") from None
    listed = [tag.strip() for tag in tag_list.split(",") if tag.strip()]
    options = AgentOptions(
        server,
        os.environ.get(TOKEN),
        os.path.abspath(state_dir or os.environ.get("GITFLOW_AGENT_STATE") or _default_state_dir()),
        name or os.uname().nodename,
        tuple(dict.fromkeys((*tags, *listed))),
        slots or os.cpu_count() or 1,
        drain_s=drain_s,
        environ=dict(os.environ),
        container_images=images or None,
        container_mounts=tuple(os.path.abspath(mount) for mount in mounts),
        host_network=allow_host_network,
        tls=trusting(ca_file) if ca_file else None,
        **more,
    )
    return run_agent(options, log_format)


def _default_state_dir() -> str:
    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(base, "gitflow-agent")


COMMANDS = (agent,)
