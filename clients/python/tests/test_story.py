"""A payment and what belongs to it, as a user, a master's backend and the operator see it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from ewallet import (
    AlreadyExistsError,
    CallInfo,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    UnauthenticatedError,
    v1,
)
from tests.kit import Kit, balance_of
from tests.stand import Server


async def test_a_payment_moves_credits_and_a_repeated_one_moves_none(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", credits=500)
    bob = await kit.user(shared_server, shop, "bob")
    request = v1.PayCreditsRequest(
        request_id=str(uuid.uuid4()), payee_email=bob.email, credits=120, notes="two tickets"
    )
    info = CallInfo()
    first = await alice.client.wallets.pay_credits(request, info=info)
    assert (info.replayed, info.attempts, info.request_id) == (False, 1, request.request_id)
    again = await alice.client.wallets.pay_credits(request, info=info)
    assert info.replayed
    assert again.operation.operation_id == first.operation.operation_id
    assert first.invoice_record.credits == 120
    assert await balance_of(alice) == 380
    assert await balance_of(bob) == 120


async def test_each_write_gets_a_request_id_of_its_own_and_the_message_stays_as_it_was(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", credits=10)
    bob = await kit.user(shared_server, shop, "bob")
    request = v1.PayCreditsRequest(payee_email=bob.email, credits=1)
    infos = [CallInfo(), CallInfo()]
    for info in infos:
        await alice.client.wallets.pay_credits(request, notes="again", info=info)
    assert request == v1.PayCreditsRequest(payee_email=bob.email, credits=1)
    assert infos[0].request_id != infos[1].request_id
    assert await balance_of(bob) == 2


async def test_errors_tell_their_kind_reason_and_facts(kit: Kit, shared_server: Server) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", credits=100)
    bob = await kit.user(shared_server, shop, "bob")
    wallets = alice.client.wallets
    with pytest.raises(FailedPreconditionError) as poor:
        await wallets.pay_credits(payee_email=bob.email, credits=101)
    assert poor.value.reason == "INSUFFICIENT_CREDITS"
    assert poor.value.metadata["balance_credits"] == "100"
    assert uuid.UUID(poor.value.request_id)
    assert not poor.value.outcome_unknown
    with pytest.raises(InvalidArgumentError) as bad:
        await wallets.pay_credits(payee_email=bob.email, credits=-1)
    assert [field.field for field in bad.value.fields] == ["credits"]
    assert bad.value.fields[0].description
    with pytest.raises(NotFoundError) as nobody:
        await wallets.get_wallet(wallet_id="wal_9999999")
    assert nobody.value.resource is not None
    assert nobody.value.resource.type == "wallet"
    with pytest.raises(AlreadyExistsError):
        await alice.client.accounts.create_account(
            name="other", email=alice.email, password="correct-horse-1"
        )
    with pytest.raises(UnauthenticatedError) as stranger:
        backend = await kit.backend(shared_server.address, backend_key="ewb_wrong-key")
        await backend.masters.get_master()
    assert stranger.value.reason == "MASTER_KEY_REFUSED"


async def test_lists_are_read_page_by_page_and_can_be_read_again(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", credits=100)
    bob = await kit.user(shared_server, shop, "bob")
    for credits in range(1, 8):
        await alice.client.wallets.transfer_credits(
            payee_account_id=bob.account_id, credits=credits
        )
    entries = bob.client.wallets.list_entries(page_size=3)
    for _ in range(2):
        assert [entry.credits async for entry in entries] == [7, 6, 5, 4, 3, 2, 1]
    assert [len(page.entries) async for page in entries.pages()] == [3, 3, 1]
    records = [
        record.credits
        async for record in bob.client.transfer_sheets.list_transfer_records(page_size=5)
    ]
    assert records == [7, 6, 5, 4, 3, 2, 1]


async def test_a_backend_acts_for_its_users_and_the_operator_proves_the_ledger(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", credits=70)
    backend = await kit.backend(shared_server.address, backend_key=shop.backend_key)
    users = [user.account_id async for user in backend.masters.list_subordinates()]
    assert users == [alice.account_id]
    operator = await kit.operator(shared_server)
    assert (await operator.system.verify_ledger()).verified
    cleaners = (await operator.system.list_cleaners()).cleaners
    assert len(cleaners) == 6


async def test_credits_become_time_and_durations_may_be_timedeltas(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", credits=10)
    filled = await alice.client.clocks.convert_credits_to_clock(credits=3)
    assert filled.clock.remaining.ToTimedelta() == timedelta(minutes=3)
    emptied = await alice.client.clocks.convert_clock_to_credits(time=timedelta(minutes=2))
    assert emptied.clock.remaining.ToTimedelta() == timedelta(minutes=1)
    assert await balance_of(alice) == 9
