"""Hosts of addresses, as names and numbers."""

from __future__ import annotations

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a host name or address is a loopback one: what is sent there stays on this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_readable_on_the_way(scheme: str, host: str) -> bool:
    """Whether others could read what is sent to this address: it is not encrypted, and leaves this machine."""
    return scheme != "https" and not is_loopback(host)
