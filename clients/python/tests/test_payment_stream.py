"""Payments down one stream: backpressure both ways, and breaks that nobody notices in the books."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator

import pytest

from ewallet import PaymentOutcome, v1
from tests.kit import Kit, balance_of
from tests.stand import Server

MANY = 10_000
WINDOW = 256


class Orders:
    """Payments of one credit each, counted as they are taken."""

    def __init__(self, count: int, payee: str) -> None:
        self.taken = 0
        self._count = count
        self._payee = payee

    def __iter__(self) -> Iterator[v1.StreamPaymentsRequest]:
        for _ in range(self._count):
            self.taken += 1
            yield pay(self._payee)


def pay(payee: str, credits: int = 1, account_id: str = "") -> v1.StreamPaymentsRequest:
    return v1.StreamPaymentsRequest(
        request_id=str(uuid.uuid4()),
        account_id=account_id,
        pay=v1.PaymentOrder(payee_email=payee, credits=credits),
    )


async def test_ten_thousand_payments_down_one_stream_with_a_slow_reader(
    kit: Kit, server: Server
) -> None:
    shop = await kit.shop(server)
    alice = await kit.user(server, shop, "alice", credits=MANY)
    bob = await kit.user(server, shop, "bob")
    orders = Orders(MANY, bob.email)
    read: list[PaymentOutcome] = []
    async with alice.client.wallets.stream_payments(orders, window=WINDOW) as outcomes:
        async for outcome in outcomes:
            read.append(outcome)
            # Everything that was taken is answered or in the window: nothing piles up between.
            assert orders.taken <= len(read) + WINDOW
            if len(read) % 1_000 == 0:
                # The reader is busy until what was taken is settled, and then takes no more.
                while await balance_of(bob) < len(read) + WINDOW - 1 and len(read) < MANY:
                    await asyncio.sleep(0.01)
                assert orders.taken <= len(read) + WINDOW
    assert len(read) == MANY
    assert len({outcome.request_id for outcome in read}) == MANY
    assert not [outcome for outcome in read if outcome.error]
    assert await balance_of(bob) == MANY
    assert await balance_of(alice) == 0
    await server.verify()


async def test_a_stream_that_breaks_goes_on_and_pays_everything_once(
    kit: Kit, server: Server
) -> None:
    shop = await kit.shop(server)
    alice = await kit.user(server, shop, "alice", credits=3_000)
    bob = await kit.user(server, shop, "bob")
    read: list[PaymentOutcome] = []
    async with alice.client.wallets.stream_payments(Orders(3_000, bob.email)) as outcomes:
        async for outcome in outcomes:
            read.append(outcome)
            if len(read) in {500, 1_500}:
                await server.kill()
                await server.restart()
    assert not [outcome.error for outcome in read if outcome.error]
    assert len({outcome.request_id for outcome in read}) == len(read) == 3_000
    assert await balance_of(bob) == 3_000
    await server.verify()


async def test_a_refusal_is_an_outcome_and_the_stream_goes_on(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", credits=10)
    bob = await kit.user(shared_server, shop, "bob")
    requests = [
        pay(bob.email, 4),
        pay(bob.email, 100),
        pay(bob.email, 6),
        pay("nobody@example.com"),
    ]
    found: dict[str, str | None] = {}
    async with alice.client.wallets.stream_payments(requests) as outcomes:
        async for outcome in outcomes:
            found[outcome.request_id] = outcome.error.reason if outcome.error else "applied"
            assert (outcome.operation is None) == (outcome.error is not None)
    reasons = [found[request.request_id] for request in requests]
    assert reasons == ["applied", "INSUFFICIENT_CREDITS", "applied", "PAYEE_NOT_FOUND"]


async def test_a_backend_settles_for_all_its_users_down_one_stream(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    payers = [await kit.user(shared_server, shop, f"payer{n}", credits=5) for n in range(3)]
    bob = await kit.user(shared_server, shop, "bob")
    backend = await kit.backend(shared_server.address, backend_key=shop.backend_key)
    requests = [pay(bob.email, account_id=payer.account_id) for payer in payers for _ in range(5)]
    async with backend.wallets.stream_payments(requests) as outcomes:
        assert all([outcome.operation async for outcome in outcomes])
    assert await balance_of(bob) == 15


async def test_a_login_lost_on_the_way_is_made_again_and_the_stream_goes_on(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", credits=2_000, signs_in=True)
    bob = await kit.user(shared_server, shop, "bob")
    read = 0
    async with alice.client.wallets.stream_payments(Orders(2_000, bob.email)) as outcomes:
        async for _ in outcomes:
            read += 1
            if read == 300:
                credentials = alice.client.credentials()
                other = await kit.ewallet(shared_server.address, credentials=credentials)
                await other.sessions.end_session()
    assert read == 2_000
    assert await balance_of(bob) == 2_000


async def test_what_the_iterable_raises_comes_after_the_outcomes_before_it(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", credits=10)
    bob = await kit.user(shared_server, shop, "bob")

    def orders() -> Iterator[v1.StreamPaymentsRequest]:
        yield pay(bob.email)
        yield pay(bob.email)
        raise LookupError("no more orders")

    read = 0
    with pytest.raises(LookupError, match="no more orders"):
        async for _ in alice.client.wallets.stream_payments(orders()):
            read += 1
    assert read == 2


async def test_a_stream_can_be_left_early(kit: Kit, shared_server: Server) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", credits=MANY)
    bob = await kit.user(shared_server, shop, "bob")
    orders = Orders(MANY, bob.email)
    async with alice.client.wallets.stream_payments(orders, window=10) as outcomes:
        await anext(outcomes)
    assert orders.taken <= 11
    with pytest.raises(ValueError, match="window"):
        alice.client.wallets.stream_payments(orders, window=0)
