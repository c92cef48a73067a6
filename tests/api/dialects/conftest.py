"""The server of the API's tests, for the tests of the other APIs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from running import Running


@pytest.fixture(scope="module")
def shared(share: Callable[..., Running], request: pytest.FixtureRequest) -> Running:
    """Serves the module's DEFINITIONS: for requests that are refused, and leave nothing behind."""
    return share(request.module.DEFINITIONS)


@pytest.fixture
def without_instances(shared: Running) -> Iterator[Running]:
    """The same, and none of what a test makes as instances of Cloudflare Workflows is left."""
    yield shared
    path = "/client/v4/accounts/default/workflows"
    for workflow in shared.get(path).json["result"]:
        if any(workflow["instances"].values()):
            assert shared.request("DELETE", f"{path}/{workflow['name']}").status == 200
