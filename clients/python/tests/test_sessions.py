"""Sessions: kept alive, renewed, rotated here and elsewhere, lost, and logged in again."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from ewallet import Credentials, LoginLostError, Tls, UnauthenticatedError
from tests.kit import PASSWORD, Kit, User
from tests.stand import Server, start_server


async def end_session_token(kit: Kit, server: Server, user: User) -> None:
    """The token is over, as if its time were."""
    status = await user.client.sessions.get_session_token_status(
        session_token=user.client.credentials().session_token
    )
    operator = await kit.operator(server)
    await operator.system.cleanup_session_tokens(session_token_id=status.token.session_token_id)


async def end_client_token(kit: Kit, server: Server, user: User) -> None:
    """The same of the client token, with which all else goes."""
    status = await user.client.sessions.get_client_token_status(
        client_id=user.client.credentials().client_id
    )
    operator = await kit.operator(server)
    await operator.system.cleanup_client_tokens(client_token_id=status.client_token.client_token_id)


@pytest.mark.parametrize("end", [end_session_token, end_client_token])
async def test_a_lost_login_is_told_and_the_client_can_log_in_again(
    kit: Kit, shared_server: Server, end: object
) -> None:
    assert callable(end)
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", credits=10)
    await end(kit, shared_server, alice)
    for _ in range(2):
        with pytest.raises(LoginLostError):
            await alice.client.wallets.get_wallet()
    await alice.client.masters.acquire_master(email=shop.email, acquire_key=shop.acquire_key)
    await alice.client.accounts.login(email=alice.email, password=PASSWORD)
    assert (await alice.client.wallets.get_wallet()).wallet.balance_credits == 10


@pytest.mark.parametrize("end", [end_session_token, end_client_token])
async def test_many_calls_that_meet_a_lost_session_log_in_again_once(
    kit: Kit, shared_server: Server, end: object
) -> None:
    assert callable(end)
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", credits=100, signs_in=True)
    bob = await kit.user(shared_server, shop, "bob")
    await end(kit, shared_server, alice)
    payments = [
        alice.client.wallets.pay_credits(payee_email=bob.email, credits=1) for _ in range(30)
    ]
    await asyncio.gather(*payments)
    assert (await bob.client.wallets.get_wallet()).wallet.balance_credits == 30
    logins = [login async for login in alice.client.accounts.list_logins()]
    assert len(logins) == 2


async def test_a_session_has_its_whole_time_as_soon_as_somebody_is_logged_in(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", keep_alive=False, signs_in=True)
    for _ in range(2):
        token = alice.client.credentials().session_token
        status = await alice.client.sessions.get_session_token_status(session_token=token)
        # Half an hour. Without a master it is two minutes.
        life = status.token.expire_time.ToDatetime() - status.token.create_time.ToDatetime()
        assert life > timedelta(minutes=25)
        await end_client_token(kit, shared_server, alice)
        await alice.client.wallets.get_wallet()


async def test_rotating_keeps_the_login(kit: Kit, shared_server: Server) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", credits=3)
    before = alice.client.credentials()
    await alice.client.rotate()
    after = alice.client.credentials()
    assert before.client_id == after.client_id
    assert before.session_token != after.session_token
    assert (await alice.client.wallets.get_wallet()).wallet.balance_credits == 3
    old = await alice.client.sessions.get_session_token_status(session_token=before.session_token)
    assert not old.valid


async def test_calls_under_way_while_the_token_is_rotated_all_succeed(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", credits=3)

    async def look() -> None:
        for _ in range(20):
            await alice.client.wallets.get_wallet()

    async def rotate() -> None:
        for _ in range(5):
            await alice.client.rotate()

    await asyncio.gather(rotate(), *(look() for _ in range(5)))


async def test_a_session_rotated_elsewhere_goes_on_with_the_kept_credentials(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    kept: list[Credentials] = []
    alice = await kit.user(
        shared_server,
        shop,
        "alice",
        credits=7,
        save_credentials=kept.append,
        load_credentials=lambda: kept[-1],
    )
    saved = Credentials.from_dict(alice.client.credentials().to_dict())
    other = await kit.ewallet(
        shared_server.address, credentials=saved, save_credentials=kept.append
    )
    await other.rotate()
    assert kept[-1] == other.credentials() != alice.client.credentials()
    assert (await alice.client.wallets.get_wallet()).wallet.balance_credits == 7
    assert alice.client.credentials() == other.credentials()
    assert (await other.wallets.get_wallet()).wallet.balance_credits == 7


async def test_a_session_rotated_elsewhere_without_a_word_is_a_lost_login(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    for signs_in in (False, True):
        alice = await kit.user(shared_server, shop, "alice", credits=7, signs_in=signs_in)
        other = await kit.ewallet(
            shared_server.address, credentials=alice.client.credentials(), keep_alive=False
        )
        await other.rotate()
        if signs_in:
            assert (await alice.client.wallets.get_wallet()).wallet.balance_credits == 7
        else:
            with pytest.raises(LoginLostError) as lost:
                await alice.client.wallets.get_wallet()
            assert lost.value.reason == "SESSION_TOKEN_INVALID"
        # The other one was not logged out.
        assert (await other.wallets.get_wallet()).wallet.balance_credits == 7


async def test_tokens_are_kept_alive_past_their_time_and_others_expire() -> None:
    minute = {"EWALLET_CLIENT_TOKEN_MINUTES": "1", "EWALLET_SESSION_TOKEN_MINUTES": "1"}
    server = await start_server(env=minute)
    async with AsyncExitStack() as stack:
        # A minute is a minute: both kinds wait for it together.
        kinds = [Kit(kind, stack) for kind in ("blocking", "asyncio")]
        await asyncio.gather(*(outlive_tokens(kit, server) for kit in kinds))
    await server.remove()


async def outlive_tokens(kit: Kit, server: Server) -> None:
    shop = await kit.shop(server)
    kept = await kit.user(server, shop, "kept", credits=1)
    left = await kit.user(server, shop, "left", credits=1, keep_alive=False)
    signing = await kit.user(server, shop, "signing", credits=1, keep_alive=False, signs_in=True)
    token = kept.client.credentials().session_token
    old = signing.client.credentials().session_token
    while (await kept.client.sessions.get_session_token_status(session_token=old)).valid:
        await asyncio.sleep(0.5)
    assert (await kept.client.wallets.get_wallet()).wallet.balance_credits == 1
    assert kept.client.credentials().session_token == token
    with pytest.raises(LoginLostError):
        await left.client.wallets.get_wallet()
    assert (await signing.client.wallets.get_wallet()).wallet.balance_credits == 1


async def test_ending_the_session_lets_the_next_call_open_another(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice")
    await alice.client.sessions.end_session()
    await alice.client.accounts.login(email=alice.email, password=PASSWORD)
    account = (await alice.client.accounts.get_account()).account
    assert account.account_id == alice.account_id


async def test_who_logs_out_stays_so_also_where_the_client_could_log_in(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", signs_in=True)
    await alice.client.accounts.logout()
    with pytest.raises(UnauthenticatedError) as refused:
        await alice.client.wallets.get_wallet()
    assert refused.value.reason == "NOT_LOGGED_IN"
    await alice.client.accounts.login(email=alice.email, password=PASSWORD)
    assert (await alice.client.wallets.get_wallet()).wallet.wallet_id


async def test_secrets_are_in_no_representation_and_no_log(
    kit: Kit, shared_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice", signs_in=True)
    backend = await kit.backend(shared_server.address, backend_key=shop.backend_key)
    operator = await kit.operator(shared_server)
    credentials = alice.client.credentials()
    texts = [repr(alice.client), repr(backend), repr(operator), repr(credentials), caplog.text]
    texts += [repr(alice.sign_in), repr(Tls(private_key=b"correct-horse-1"))]
    secrets = [credentials.client_id, credentials.session_token, shop.backend_key, PASSWORD]
    secrets += [shop.acquire_key, shared_server.operator_key]
    for text in texts:
        assert not [secret for secret in secrets if secret in text]


async def test_what_needs_no_credentials_asks_for_none(kit: Kit, shared_server: Server) -> None:
    client = await kit.ewallet(shared_server.address)
    assert (await client.sessions.get_server_info()).version
    assert client.credentials() == Credentials("")
    with pytest.raises(ValueError, match="host:port"):
        await kit.ewallet("not an address")
