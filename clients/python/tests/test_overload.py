"""A server that has too much to do, or goes out of service: its advice is followed."""

from __future__ import annotations

import asyncio
import time

import pytest

from ewallet import CallInfo, RetryPolicy, UnavailableError
from tests.kit import Kit, balance_of
from tests.stand import Server, start_server

PAYMENTS = 200
# Time for three answers that advise to wait 0.5 s, but for no more.
TIMEOUT = 1.45


async def test_payments_that_an_overloaded_server_refuses_are_made_later(kit: Kit) -> None:
    server = await start_server(env={"EWALLET_LEDGER_QUEUE_SIZE": "1"})
    shop = await kit.shop(server)
    alice = await kit.user(server, shop, "alice", credits=PAYMENTS)
    bob = await kit.user(server, shop, "bob")
    infos = [CallInfo() for _ in range(PAYMENTS)]
    payments = [
        alice.client.wallets.pay_credits(payee_email=bob.email, credits=1, info=info, timeout=120)
        for info in infos
    ]
    await asyncio.gather(*payments)
    assert await balance_of(bob) == PAYMENTS
    assert max(info.attempts for info in infos) > 1
    await server.verify()
    await server.remove()


async def test_the_advice_is_the_least_wait_and_the_next_attempt_succeeds(
    kit: Kit, server: Server
) -> None:
    shop = await kit.shop(server)
    policy = RetryPolicy(first_wait=0.01, longest_wait=0.01)
    alice = await kit.user(server, shop, "alice", retry=policy)
    operator = await kit.operator(server)
    await operator.system.drain()
    begin = time.monotonic()
    info = CallInfo()
    with pytest.raises(UnavailableError) as refused:
        await alice.client.wallets.get_wallet(timeout=TIMEOUT, info=info)
    assert refused.value.reason == "SERVER_DRAINING"
    assert refused.value.retry_after == 0.5
    # 0.5 s after each: three attempts in the time, or two where answers are slow, not dozens.
    assert 2 <= info.attempts <= 3
    # It ends as soon as another attempt would come too late.
    assert 0.5 <= time.monotonic() - begin < TIMEOUT
    looking = asyncio.ensure_future(alice.client.wallets.get_wallet(info=info))
    while info.attempts < 2:
        await asyncio.sleep(0.01)
    await operator.system.undrain()
    assert (await looking).wallet.wallet_id
