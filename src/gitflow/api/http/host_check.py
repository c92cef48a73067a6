"""Checks ``Host`` and ``Origin``: requests for foreign host names, and from pages of other sites, are refused.

A web page can make a browser send requests to loopback addresses and private networks. Its host name is then in
``Host`` (DNS rebinding) or in ``Origin``; both are refused, with and without an ``auth`` section.
"""

from __future__ import annotations

import os
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gitflow.api.http.errors import HttpError
from gitflow.core.hosts import is_loopback
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from ipaddress import IPv4Network, IPv6Network

    from aiohttp.web import BaseRequest

    from gitflow.config import Config

_SAFE = frozenset({"GET", "HEAD"})
_FOREIGN_SITES = frozenset({"cross-site", "same-site"})
_DEFAULT_PORT = {"http": 80, "https": 443}
_ANYWHERE = frozenset({"", "0.0.0.0", "::"})


class Caller(Record):
    """The client of a request, as reported by the trusted proxies between."""

    address: str
    scheme: str
    host: str  #: as the client wrote it, with its port


class HostCheck:
    def __init__(self, config: Config) -> None:
        urls = [url for url in (config.public_url, config.auth.base_url if config.auth else None) if url]
        named = frozenset(host_of(urlsplit(url).netloc) for url in urls)
        self._hosts = named | _own_host(config.listen) | _host_for_others(config)
        self._origins = frozenset(origin for origin in map(origin_of, (*urls, *config.cors.origins)) if origin)
        self._proxies = [ip_network(proxy, strict=False) for proxy in config.trusted_proxies]
        self._known: set[str] = set()  #: Host headers that passed the check

    def check(self, http_request: BaseRequest) -> Caller:
        """Raises HttpError."""
        _check_one_host(http_request)
        caller = self._caller(http_request)
        if caller.host not in self._known:
            self._check_host(caller.host, http_request)
        if http_request.method not in _SAFE or "Upgrade" in http_request.headers:
            self._check_origin(caller, http_request.headers)
        return caller

    def is_trusted(self, address: str) -> bool:
        return _is_in(address, self._proxies)

    def _caller(self, http_request: BaseRequest) -> Caller:
        headers = http_request.headers
        peer = _peer(http_request)
        host = headers.get("Host", "")
        if not self._proxies or not self.is_trusted(peer):
            return Caller(peer, http_request.scheme, host)
        hops = [hop.strip() for hop in ",".join(headers.getall("X-Forwarded-For", ())).split(",") if hop.strip()]
        address = next((hop for hop in reversed(hops) if not self.is_trusted(hop)), hops[0] if hops else peer)
        scheme = headers.get("X-Forwarded-Proto", http_request.scheme)
        return Caller(address, scheme, headers.get("X-Forwarded-Host", host))

    def _check_host(self, given: str, http_request: BaseRequest) -> None:
        host = host_of(given)
        if not host or not (is_loopback(host) or host in self._hosts or host == _own_address(http_request)):
            raise HttpError(403, f"{given!r} is not a host name of this server; if it should be, set public_url")
        if len(self._known) < 100:
            self._known.add(given)

    def _check_origin(self, caller: Caller, headers: Mapping[str, str]) -> None:
        origin = headers.get("Origin")
        is_ours = origin is not None and (origin in self._origins or origin == f"{caller.scheme}://{caller.host}")
        if origin is not None and not is_ours:
            raise HttpError(403, f"pages of {origin} may not call this server")
        if not is_ours and headers.get("Sec-Fetch-Site") in _FOREIGN_SITES:
            raise HttpError(403, "pages of other sites may not call this server")


def host_of(netloc: str) -> str:
    """The host without its port, in lower case; empty if it is invalid."""
    try:
        return (urlsplit(f"//{netloc}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _check_one_host(http_request: BaseRequest) -> None:
    """Refuses a request that names two hosts, as a proxy may use another one than we do. Raises HttpError."""
    given = http_request.headers.get("Host")
    if given is not None and http_request.host not in (given, host_of(given)):
        raise HttpError(400, f"the request names two hosts: {http_request.host!r} and {given!r}")


def _own_host(listen: str) -> frozenset[str]:
    host = host_of(listen)
    return frozenset() if host in _ANYWHERE else frozenset({host})


def _host_for_others(config: Config) -> frozenset[str]:
    """The name under which other servers of the database pass requests on to this one."""
    if config.cluster.url is not None:
        return frozenset({host_of(urlsplit(config.cluster.url).netloc)})
    is_beside_others = config.db_url is not None and config.db_url.startswith("postgresql:")
    return frozenset({os.uname().nodename.lower()}) if is_beside_others else frozenset()


def _own_address(http_request: BaseRequest) -> str:
    """The local address of the connection, which is always a valid host."""
    name = http_request.transport.get_extra_info("sockname") if http_request.transport is not None else None
    return str(name[0]) if name else ""


def _peer(http_request: BaseRequest) -> str:
    name = http_request.transport.get_extra_info("peername") if http_request.transport is not None else None
    return str(name[0]) if name else ""


def _is_in(address: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)


def origin_of(url: str) -> str | None:
    """``scheme://host[:port]`` of a URL in the form of an ``Origin`` header; None without a host."""
    parts = urlsplit(url)
    if not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port
    return f"{parts.scheme}://{host}" + ("" if port in (None, _DEFAULT_PORT.get(parts.scheme)) else f":{port}")
