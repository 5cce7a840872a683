"""Clients, masters and users for the tests."""

from __future__ import annotations

import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, cast

import ewallet
from ewallet import AsyncBackend, AsyncEWallet, AsyncOperator, SignIn
from tests.stand import Server
from tests.threaded import Threaded

PASSWORD = "correct-horse-1"


@dataclass(frozen=True)
class Shop:
    """A master."""

    email: str
    acquire_key: str
    backend_key: str


@dataclass(frozen=True)
class User:
    """A user, and a client that is logged in as it."""

    client: AsyncEWallet
    account_id: str
    email: str
    sign_in: SignIn


class Kit:
    """Makes clients of one kind, blocking or for asyncio, and closes them after the test."""

    def __init__(self, kind: str, stack: AsyncExitStack) -> None:
        self.kind = kind
        self._stack = stack

    async def ewallet(self, address: str | list[str], **options: Any) -> AsyncEWallet:
        """A client of a program."""
        return cast(AsyncEWallet, await self._make("EWallet", address, options))

    async def backend(self, address: str | list[str], **options: Any) -> AsyncBackend:
        """A client of a master's server."""
        return cast(AsyncBackend, await self._make("Backend", address, options))

    async def operator(self, server: Server, *others: Server, **options: Any) -> AsyncOperator:
        """A client of the operator of one server, or of several on the same database."""
        addresses = [one.operator_address for one in (server, *others)]
        options = {"operator_key": server.operator_key, **options}
        return cast(AsyncOperator, await self._make("Operator", addresses, options))

    async def shop(self, server: Server) -> Shop:
        """A new master."""
        client = await self.ewallet(server.address, registration_key=server.registration_key)
        name = uuid.uuid4().hex
        email = f"shop-{name}@example.com"
        made = await client.masters.create_master(name=name, email=email, password=PASSWORD)
        return Shop(email, made.acquire_key, made.backend_key)

    async def user(
        self, server: Server, shop: Shop, name: str, credits: int = 0, **options: Any
    ) -> User:
        """A new user of the shop, logged in, with so many credits. `signs_in`: its client logs in again by itself."""
        email = f"{name}-{uuid.uuid4().hex}@example.com"
        sign_in = SignIn(
            master_email=shop.email, acquire_key=shop.acquire_key, email=email, password=PASSWORD
        )
        if options.pop("signs_in", False):
            options["sign_in"] = lambda: sign_in
        client = await self.ewallet(options.pop("address", server.address), **options)
        await client.masters.acquire_master(email=shop.email, acquire_key=shop.acquire_key)
        made = await client.accounts.create_account(name=email, email=email, password=PASSWORD)
        await client.accounts.login(email=email, password=PASSWORD)
        account_id = made.account.account_id
        if credits:
            backend = await self.backend(server.address, backend_key=shop.backend_key)
            await backend.on_behalf_of(account_id).wallets.supply_credits(credits=credits)
        return User(client, account_id, email, sign_in)

    async def _make(self, name: str, address: str | list[str], options: dict[str, Any]) -> Any:
        if self.kind == "asyncio":
            client = getattr(ewallet, f"Async{name}")(address, **options)
        else:
            client = Threaded(getattr(ewallet, name)(address, **options))
        return await self._stack.enter_async_context(client)


async def balance_of(user: User) -> int:
    """Credits in the active wallet of a user."""
    return (await user.client.wallets.get_wallet()).wallet.balance_credits
