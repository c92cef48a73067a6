"""An agent follows the name of the active server only where its API key is safe."""

from __future__ import annotations

from types import SimpleNamespace

import aiohttp
import pytest
from multidict import CIMultiDict

from gitflow.agent.reasons import active_server


def refused(**headers: str) -> aiohttp.WSServerHandshakeError:
    given = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return aiohttp.WSServerHandshakeError(SimpleNamespace(real_url="x"), (), status=503, headers=given)  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["https://gitflow-1.internal", "http://127.0.0.1:8080", "http://localhost:1"])
def test_a_server_with_tls_and_one_on_this_machine_are_taken(url):
    assert active_server(refused(Gitflow_Active=url)) == url


@pytest.mark.parametrize("url", ["http://gitflow-1.internal:8080", "ftp://127.0.0.1", "gitflow-1", ""])
def test_no_key_is_sent_elsewhere(url):
    assert active_server(refused(Gitflow_Active=url)) is None


def test_where_no_server_is_named_there_is_none():
    assert active_server(refused()) is None
    assert active_server(aiohttp.WSServerHandshakeError(SimpleNamespace(), (), status=503)) is None  # type: ignore[arg-type]
