"""What the tests are given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.kit import Kit
from tests.stand import Server, start_server


@pytest_asyncio.fixture(params=["blocking", "asyncio"])
async def kit(request: pytest.FixtureRequest) -> AsyncIterator[Kit]:
    """Clients of each kind: every test that uses it runs twice."""
    async with AsyncExitStack() as stack:
        yield Kit(request.param, stack)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_server() -> AsyncIterator[Server]:
    """A server that no test disturbs."""
    server = await start_server()
    yield server
    await server.remove()


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    """A server of the test's own."""
    server = await start_server()
    yield server
    await server.remove()
