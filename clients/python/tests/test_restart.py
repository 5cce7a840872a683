"""A server that dies in the middle: nothing is lost, and nothing is paid twice."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from ewallet import CallInfo, OutcomeUnknownError, RetryPolicy, UnavailableError, v1
from tests.kit import Kit, balance_of
from tests.stand import Server

PAYERS = 8
PAYMENTS_EACH = 40


async def test_payments_through_a_restart_are_all_made_once(kit: Kit, server: Server) -> None:
    shop = await kit.shop(server)
    alice = await kit.user(server, shop, "alice", credits=1_000)
    bob = await kit.user(server, shop, "bob")
    made = 0
    infos: list[CallInfo] = []
    begun = asyncio.Event()

    async def pay() -> None:
        nonlocal made
        for _ in range(PAYMENTS_EACH):
            info = CallInfo()
            infos.append(info)
            # A busy machine may take long to start a server.
            await alice.client.wallets.pay_credits(
                payee_email=bob.email, credits=1, info=info, timeout=120
            )
            made += 1
            if made > PAYERS:
                begun.set()

    async def strike() -> None:
        await begun.wait()
        for _ in range(2):
            before = made
            await server.kill()
            await server.restart()
            while made == before:
                await asyncio.sleep(0.01)

    await asyncio.gather(strike(), *(pay() for _ in range(PAYERS)))
    assert made == PAYERS * PAYMENTS_EACH
    assert await balance_of(bob) == made
    assert await balance_of(alice) == 1_000 - made
    assert max(info.attempts for info in infos) > 1
    await server.verify()


async def test_a_write_without_an_answer_is_told_as_such_and_settled_by_its_request_id(
    kit: Kit, server: Server
) -> None:
    shop = await kit.shop(server)
    alice = await kit.user(server, shop, "alice", credits=100, retry=RetryPolicy(attempt_timeout=1))
    bob = await kit.user(server, shop, "bob")
    await server.pause()
    request_id = str(uuid.uuid4())
    with pytest.raises(OutcomeUnknownError) as unknown:
        await alice.client.wallets.pay_credits(
            request_id=request_id, payee_email=bob.email, credits=5, timeout=3
        )
    assert unknown.value.request_id == request_id
    assert unknown.value.outcome_unknown
    assert unknown.value.attempts > 1
    with pytest.raises(UnavailableError) as unread:
        await alice.client.wallets.get_wallet(timeout=1)
    assert not isinstance(unread.value, OutcomeUnknownError)
    await server.resume()
    await alice.client.wallets.pay_credits(request_id=request_id, payee_email=bob.email, credits=5)
    told = await alice.client.wallets.get_operation(request_id=request_id)
    assert told.operation.status == v1.OperationStatus.OPERATION_STATUS_APPLIED
    assert await balance_of(bob) == 5


async def test_what_may_not_be_repeated_is_sent_once(kit: Kit, server: Server) -> None:
    shop = await kit.shop(server)
    alice = await kit.user(server, shop, "alice")
    await server.kill()
    with pytest.raises(OutcomeUnknownError) as unknown:
        await alice.client.wallets.create_wallet(reference="savings")
    assert unknown.value.attempts == 1
    await server.restart()
    assert len([wallet async for wallet in alice.client.wallets.list_wallets()]) == 1
