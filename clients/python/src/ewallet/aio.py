"""The clients for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ewallet import _async_services as generated
from ewallet.aio_caller import AsyncCallbacks, AsyncCaller, AsyncChannels
from ewallet.aio_services import AsyncProgramServices, AsyncUserServices
from ewallet.connection import Address, ChannelOptions, Tls, make_target
from ewallet.credentials import Credentials, SignIn
from ewallet.identity import FixedIdentity, Identity
from ewallet.retry import DEFAULT_TIMEOUT, RetryPolicy
from ewallet.session import Session, SessionOptions


class _Connected:
    """A client that is closed after use."""

    _caller: AsyncCaller

    async def close(self) -> None:
        """Ends all calls and closes the connections. The session goes on until its time is over."""
        await self._caller.channels.close()


class AsyncEWallet(_Connected, AsyncProgramServices):
    """EWallet for asyncio: the same arguments. `sign_in`, `load_credentials` and `save_credentials` may be coroutine functions.

    Use it in the event loop in which it was first called.
    """

    def __init__(
        self,
        address: Address,
        *,
        tls: bool | Tls | None = None,
        credentials: Credentials | None = None,
        sign_in: Callable[[], SignIn | Awaitable[SignIn]] | None = None,
        load_credentials: Callable[[], Credentials | Awaitable[Credentials | None] | None]
        | None = None,
        save_credentials: Callable[[Credentials], Awaitable[None] | None] | None = None,
        registration_key: str = "",
        timeout: float = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = None,
        keep_alive: bool = True,
        channel_options: ChannelOptions | None = None,
    ) -> None:
        policy = retry or RetryPolicy()
        options = SessionOptions(
            credentials, registration_key, sign_in is not None, load_credentials is not None
        )
        self._session = Session(options, policy)
        self._keep_alive_task: asyncio.Task[None] | None = None
        callbacks = AsyncCallbacks(sign_in, load_credentials, save_credentials)
        channels = _channels(address, tls, channel_options)
        begin = self._begin_keep_alive if keep_alive else None
        super().__init__(AsyncCaller(channels, self._session, policy, timeout, callbacks, begin))

    async def __aenter__(self) -> AsyncEWallet:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends all calls and closes the connections. The session goes on until its time is over."""
        if self._keep_alive_task is not None:
            self._keep_alive_task.cancel()
            await asyncio.wait([self._keep_alive_task])
        await super().close()

    def credentials(self) -> Credentials:
        """The tokens of now: secrets. Empty before the first call."""
        return self._session.credentials

    async def rotate(self, *, timeout: float | None = None) -> None:
        """Replaces the session token by a new one, as after a leak. The logins are kept."""
        await self._caller.run(self._session.rotate(timeout or self._caller.timeout))

    def _begin_keep_alive(self) -> None:
        machine = self._session.keep_alive()
        self._keep_alive_task = asyncio.create_task(self._caller.run(machine))

    def __repr__(self) -> str:
        return f"AsyncEWallet({self._session!r})"


class AsyncBackend(_Connected):
    """Backend for asyncio: the same arguments."""

    def __init__(
        self,
        address: Address,
        *,
        backend_key: str,
        tls: bool | Tls | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = None,
        channel_options: ChannelOptions | None = None,
    ) -> None:
        self._key = {"ewallet-backend-key": backend_key}
        channels = _channels(address, tls, channel_options)
        policy = retry or RetryPolicy()
        self._caller = _fixed(channels, FixedIdentity(self._key), policy, timeout)
        self.masters = generated.AsyncMasterService(self._caller)
        """Looks after the master and its users."""
        self.wallets = generated.AsyncWalletService(self._caller)
        """`stream_payments` for all users: each message names its account."""

    async def __aenter__(self) -> AsyncBackend:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def on_behalf_of(self, account_id: str) -> AsyncUserServices:
        """The services of one of the master's users."""
        caller = self._caller
        identity = FixedIdentity({**self._key, "ewallet-on-behalf-of": account_id})
        return AsyncUserServices(_fixed(caller.channels, identity, caller.policy, caller.timeout))

    def __repr__(self) -> str:
        return f"AsyncBackend({self._caller.identity!r})"


class AsyncOperator(_Connected):
    """Operator for asyncio: the same arguments."""

    def __init__(
        self,
        address: Address,
        *,
        operator_key: str,
        tls: bool | Tls | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = None,
        channel_options: ChannelOptions | None = None,
    ) -> None:
        channels = _channels(address, tls, channel_options)
        identity = FixedIdentity({"authorization": f"Bearer {operator_key}"})
        self._caller = _fixed(channels, identity, retry or RetryPolicy(), timeout)
        self.system = generated.AsyncSystemService(self._caller)
        """All that the operator does."""

    async def __aenter__(self) -> AsyncOperator:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncOperator({self._caller.identity!r})"


def _channels(
    address: Address, tls: bool | Tls | None, options: ChannelOptions | None
) -> AsyncChannels:
    calls = make_target(address, tls, options or {}, own_connection=False)
    return AsyncChannels(calls, make_target(address, tls, options or {}, own_connection=True))


def _fixed(
    channels: AsyncChannels, identity: Identity, policy: RetryPolicy, timeout: float
) -> AsyncCaller:
    return AsyncCaller(channels, identity, policy, timeout, AsyncCallbacks())
