"""The clients that block."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ewallet import _services as generated
from ewallet.caller import Callbacks, Caller, Channels, run
from ewallet.connection import Address, ChannelOptions, Tls, make_target
from ewallet.credentials import Credentials, SignIn
from ewallet.effects import Effect, Wait
from ewallet.identity import FixedIdentity, Identity
from ewallet.retry import DEFAULT_TIMEOUT, RetryPolicy
from ewallet.services import ProgramServices, UserServices
from ewallet.session import Session, SessionOptions


class _Ended(Exception):
    """The client was closed while something waited in the background."""


class _Connected:
    """A client that is closed after use."""

    _caller: Caller

    def close(self) -> None:
        """Ends all calls and closes the connections. The session goes on until its time is over."""
        self._caller.closed.set()
        self._caller.channels.close()


class EWallet(_Connected, ProgramServices):
    """A client program: acts as the user, or master, that logs in with it.

    It asks for its tokens before the first call that needs them, keeps them alive while somebody is logged in, and renews
    them when they are refused. Calls may be made from any number of threads.

    Args:
        address: `host:port`, or several `ip:port` of servers that share a database: the first that answers is used.
        tls: Whether to use TLS, with the certificates that this machine trusts or with your own. By default unless every
            address is of this machine. False sends tokens in clear: only on networks that you trust.
        credentials: Tokens kept from earlier, to go on with their session and logins.
        sign_in: Called when the session and its logins were lost: how to log in again. Without it LoginLostError is raised.
        load_credentials: Called before tokens that were refused are renewed: what other processes of the program may have
            kept meanwhile. None when there is nothing.
        save_credentials: Called with the tokens to keep whenever they change.
        registration_key: The operator's key that CreateMaster takes unless registration is open.
        timeout: Seconds that a call takes at most, retries included.
        retry: How long to wait between attempts.
        keep_alive: Whether to extend the tokens in the background.
        channel_options: Options of grpc for its channels.
    """

    def __init__(
        self,
        address: Address,
        *,
        tls: bool | Tls | None = None,
        credentials: Credentials | None = None,
        sign_in: Callable[[], SignIn] | None = None,
        load_credentials: Callable[[], Credentials | None] | None = None,
        save_credentials: Callable[[Credentials], None] | None = None,
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
        callbacks = Callbacks(sign_in, load_credentials, save_credentials)
        channels = _channels(address, tls, channel_options)
        super().__init__(Caller(channels, self._session, policy, timeout, callbacks))
        if keep_alive:
            name = "ewallet-keep-alive"
            threading.Thread(target=self._keep_alive, name=name, daemon=True).start()

    def __enter__(self) -> EWallet:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def credentials(self) -> Credentials:
        """The tokens of now: secrets. Empty before the first call."""
        return self._session.credentials

    def rotate(self, *, timeout: float | None = None) -> None:
        """Replaces the session token by a new one, as after a leak. The logins are kept."""
        self._caller.run(self._session.rotate(timeout or self._caller.timeout))

    def _keep_alive(self) -> None:
        def perform(effect: Effect) -> object:
            if isinstance(effect, Wait) and self._caller.closed.wait(effect.seconds):
                raise _Ended
            return None if isinstance(effect, Wait) else self._caller.perform(effect)

        try:
            run(self._session.keep_alive(), perform)
        except _Ended:
            return
        except ValueError:
            # grpc's word for a channel that was closed under a call.
            if not self._caller.closed.is_set():
                raise

    def __repr__(self) -> str:
        return f"EWallet({self._session!r})"


class Backend(_Connected):
    """A master's own server: acts as the master, and for each of its users. Needs no session.

    Args:
        address: As for EWallet.
        backend_key: A backend key of the master.
        tls: As for EWallet.
        timeout: As for EWallet.
        retry: As for EWallet.
        channel_options: As for EWallet.
    """

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
        self.masters = generated.MasterService(self._caller)
        """Looks after the master and its users."""
        self.wallets = generated.WalletService(self._caller)
        """`stream_payments` for all users: each message names its account."""

    def __enter__(self) -> Backend:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def on_behalf_of(self, account_id: str) -> UserServices:
        """The services of one of the master's users."""
        caller = self._caller
        identity = FixedIdentity({**self._key, "ewallet-on-behalf-of": account_id})
        return UserServices(_fixed(caller.channels, identity, caller.policy, caller.timeout))

    def __repr__(self) -> str:
        return f"Backend({self._caller.identity!r})"


class Operator(_Connected):
    """The operator of the servers: workers, cleaners, terms, the proof of the ledger.

    Args:
        address: Of the operator's listener; otherwise as for EWallet.
        operator_key: The operator's key.
        tls: As for EWallet.
        timeout: As for EWallet. Clean-ups and verification have ten minutes.
        retry: As for EWallet.
        channel_options: As for EWallet.
    """

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
        self.system = generated.SystemService(self._caller)
        """All that the operator does."""

    def __enter__(self) -> Operator:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Operator({self._caller.identity!r})"


def _channels(address: Address, tls: bool | Tls | None, options: ChannelOptions | None) -> Channels:
    calls = make_target(address, tls, options or {}, own_connection=False)
    return Channels(calls, make_target(address, tls, options or {}, own_connection=True))


def _fixed(channels: Channels, identity: Identity, policy: RetryPolicy, timeout: float) -> Caller:
    return Caller(channels, identity, policy, timeout, Callbacks())
