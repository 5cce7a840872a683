"""What the tests are given. Servers are shared, since each takes seconds to start; masters and users are each test's own."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from ewallet import AsyncEWallet, EWalletError
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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def disturbed_server() -> AsyncIterator[Server]:
    """The server behind `server`."""
    server = await start_server()
    yield server
    await server.remove()


@pytest_asyncio.fixture
async def server(disturbed_server: Server) -> AsyncIterator[Server]:
    """A server that the test may kill, restart, pause and drain."""
    yield disturbed_server
    await mend(disturbed_server)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def disturbed_pair() -> AsyncIterator[tuple[Server, Server]]:
    """The servers behind `pair`."""
    database = f"python-{uuid.uuid4().hex}"
    first = await start_server(database=database)
    second = await start_server(database=database)
    yield first, second
    await first.remove()
    await second.remove()


@pytest_asyncio.fixture
async def pair(
    disturbed_pair: tuple[Server, Server],
) -> AsyncIterator[tuple[Server, Server]]:
    """Two servers on one database, which the test may kill, restart and pause."""
    yield disturbed_pair
    for server in disturbed_pair:
        await mend(server)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def development_server() -> AsyncIterator[Server]:
    """A server as `make run` starts it."""
    server = await start_server(profile="development")
    yield server
    await server.remove()


async def mend(server: Server) -> None:
    """Has it serve again, whatever a test did to it."""
    try:
        await server.resume()
        async with AsyncEWallet(server.address, timeout=2, keep_alive=False) as client:
            await client.sessions.get_server_info()
    except (AssertionError, EWalletError):
        await server.restart()
