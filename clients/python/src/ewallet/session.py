"""The session of a client program: opens it, keeps it alive, renews it, logs in again. Written once for both clients."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

from ewallet import _methods, v1
from ewallet.call import call
from ewallet.credentials import Credentials, SignIn
from ewallet.effects import (
    AnyMethod,
    AskSignIn,
    Exclusive,
    LoadCredentials,
    Machine,
    Metadata,
    SaveCredentials,
    Wait,
)
from ewallet.errors import ErrorFacts, EWalletError, LoginLostError
from ewallet.identity import FixedIdentity, Identity
from ewallet.retry import RetryPolicy
from ewallet.times import seconds_of

_log = logging.getLogger(__name__)
_CLIENT_LOST = "CLIENT_TOKEN_INVALID"
_TOKENS_LOST = {_CLIENT_LOST, "SESSION_TOKEN_INVALID"}
_LOGIN_LOST = {"NOT_LOGGED_IN", "MASTER_NOT_ACQUIRED"}
# After these there is something to lose.
_SIGNS_IN = {
    _methods.MASTER_ACQUIRE_MASTER.path,
    _methods.MASTER_LOGIN_MASTER.path,
    _methods.ACCOUNT_LOGIN.path,
}
_SIGNS_OUT = {
    _methods.MASTER_RELEASE_MASTER.path,
    _methods.MASTER_LOGOUT_MASTER.path,
    _methods.ACCOUNT_LOGOUT.path,
}
# Tokens are not lost by asking again: who asks for one that it did not get asks for another.
_REQUEST_CLIENT_ID = replace(_methods.SESSION_REQUEST_CLIENT_ID, retried=True)
_REQUEST_SESSION_TOKEN = replace(_methods.SESSION_REQUEST_SESSION_TOKEN, retried=True)
_FIRST_KEEP_ALIVE = 1.0
_IDLE = 5.0
_LONGEST_KEEP_ALIVE = 300.0
_SHORTEST_KEEP_ALIVE = 1.0
_KEEP_ALIVE_TIMEOUT = 20.0


@dataclass(frozen=True)
class SessionOptions:
    """What a program may want of its session."""

    credentials: Credentials | None
    registration_key: str
    can_sign_in: bool
    """Whether the program can be asked how to log in again."""
    can_load: bool
    """Whether the program keeps credentials where another process may have renewed them."""


class Session:
    """The identity of a client program."""

    def __init__(self, options: SessionOptions, policy: RetryPolicy) -> None:
        self._options = options
        self._policy = policy
        # One reference, so that a thread never sees tokens with the number of others.
        self._current = (0, options.credentials or Credentials(""))
        # Restored tokens may have logins.
        self._signed_in = options.credentials is not None
        self._left = False
        self._lost: EWalletError | None = None
        self._keep_alive_after = _FIRST_KEEP_ALIVE

    @property
    def credentials(self) -> Credentials:
        """The tokens of now. Empty before the first call."""
        return self._current[1]

    def prove(self, method: AnyMethod, time_left: float) -> Machine[tuple[int, Metadata]]:
        """The tokens, which are asked for before the first call that needs them."""
        if not method.open_to_anyone and not self.credentials.session_token:
            yield Exclusive(self._open(time_left))
        number, credentials = self._current
        metadata = self._metadata(credentials)
        if method is _methods.MASTER_CREATE_MASTER and self._options.registration_key:
            metadata["ewallet-registration-key"] = self._options.registration_key
        return number, tuple(metadata.items())

    def recover(
        self, error: EWalletError, used: int, method: AnyMethod, time_left: float
    ) -> Machine[bool]:
        """Renews what was refused, once for all calls that it was refused to. Throws LoginLostError when logins went with it."""
        if isinstance(error, LoginLostError):
            return False
        if error.reason in _TOKENS_LOST:
            yield Exclusive(self._renew(error, used, time_left))
            return True
        if error.reason not in _LOGIN_LOST or method.path in _SIGNS_IN:
            return False
        if self._options.can_sign_in and not self._left:
            yield Exclusive(self._sign_in_once(used, time_left))
            return True
        if self._lost is not None:
            raise LoginLostError(replace(self._lost.facts, reason=error.reason))
        return False

    def learn(self, method: AnyMethod, response: Any) -> Machine[None]:
        """Takes notice of logins, and of tokens that the program has asked for by itself."""
        if method.path in _SIGNS_IN:
            self._note_login()
            if method is _methods.MASTER_ACQUIRE_MASTER:
                yield from self._lengthen(self, _KEEP_ALIVE_TIMEOUT)
        elif method.path in _SIGNS_OUT:
            # Who logs out is not logged in again behind its back. Another user may still be there.
            self._left = not getattr(response, "active_account_id", "")
            self._signed_in = self._signed_in and not self._left
        elif method.path == _REQUEST_SESSION_TOKEN.path:
            yield from self._adopt(replace(self.credentials, session_token=response.session_token))
        elif method is _methods.SESSION_END_SESSION:
            self._signed_in = False
            self._left = True
            yield from self._adopt(replace(self.credentials, session_token=""))

    def rotate(self, timeout: float) -> Machine[None]:
        """Replaces the session token. The logins are kept."""
        yield Exclusive(self._rotate(timeout))

    def keep_alive(self) -> Machine[None]:
        """Extends the tokens again and again, long before their time is over. Never ends by itself."""
        while True:
            yield Wait(self._keep_alive_after)
            # Nothing is worth keeping before a login: the next call opens another session.
            if not self._signed_in or not self.credentials.session_token:
                self._keep_alive_after = _IDLE
                continue
            try:
                yield from self._extend()
            except EWalletError as error:
                _log.warning("The session could not be kept alive: %r", error)
                # The next call meets the same trouble, and tells the program of it.
                self._keep_alive_after = max(_SHORTEST_KEEP_ALIVE, self._keep_alive_after / 2)

    def _extend(self) -> Machine[None]:
        shortest = _LONGEST_KEEP_ALIVE
        for method, request in (
            (_methods.SESSION_KEEP_CLIENT_TOKEN_ALIVE, v1.KeepClientTokenAliveRequest()),
            (_methods.SESSION_KEEP_SESSION_TOKEN_ALIVE, v1.KeepSessionTokenAliveRequest()),
        ):
            reply: Any = yield from call(self, self._policy, method, request, _KEEP_ALIVE_TIMEOUT)
            shortest = min(shortest, seconds_of(reply.extended_duration) / 3)
        self._keep_alive_after = max(_SHORTEST_KEEP_ALIVE, shortest)

    def _metadata(self, credentials: Credentials) -> dict[str, str]:
        metadata = {}
        if credentials.client_id:
            metadata["ewallet-client-id"] = credentials.client_id
        if credentials.session_token:
            metadata["authorization"] = f"Bearer {credentials.session_token}"
        return metadata

    def _open(self, time_left: float) -> Machine[None]:
        if self.credentials.session_token:
            return
        yield from self._request_tokens(self.credentials, time_left)

    def _rotate(self, time_left: float) -> Machine[None]:
        old = self.credentials
        if old.session_token and (yield from self._lives_elsewhere(old, time_left)):
            old = Credentials("")
        yield from self._replace(old, _replaced_elsewhere(), time_left)

    def _renew(self, error: EWalletError, used: int, time_left: float) -> Machine[None]:
        if used != self._current[0]:
            return
        if self._options.can_load:
            kept: Credentials | None = yield LoadCredentials()
            if kept is not None and kept != self.credentials:
                # Rotated by another process of the same program: its logins go on.
                self._use(kept)
                return
        old = self.credentials
        if error.reason == _CLIENT_LOST or (yield from self._lives_elsewhere(old, time_left)):
            old = Credentials("")
        yield from self._replace(old, error, time_left)

    def _lives_elsewhere(self, old: Credentials, time_left: float) -> Machine[bool]:
        """Whether somebody else has replaced the token and goes on with the session: to replace it again would log them out."""
        request = v1.GetSessionTokenStatusRequest(session_token=old.session_token)
        method = _methods.SESSION_GET_SESSION_TOKEN_STATUS
        status: Any = yield from call(FixedIdentity({}), self._policy, method, request, time_left)
        lives: bool = status.plugged and not status.valid
        return lives

    def _replace(self, old: Credentials, error: EWalletError, time_left: float) -> Machine[None]:
        """Gets new tokens. Logs in again, or throws LoginLostError because of `error`, when there were logins and they are gone."""
        logins_kept = yield from self._request_tokens(old, time_left)
        if logins_kept or not self._signed_in:
            return
        if self._options.can_sign_in:
            yield from self._sign_in(time_left)
            return
        self._signed_in = False
        self._lost = error
        raise LoginLostError(error.facts) from error

    def _request_tokens(self, old: Credentials, time_left: float) -> Machine[bool]:
        """Gets a session token, with proof of the old one if there is one. Gives whether the logins were kept."""
        client_id = old.client_id
        if not client_id:
            client_id = yield from self._request_client_id(time_left)
            old = Credentials(client_id)
        request = v1.RequestSessionTokenRequest()
        identity = FixedIdentity(self._metadata(old))
        try:
            reply: Any = yield from call(
                identity, self._policy, _REQUEST_SESSION_TOKEN, request, time_left
            )
        except EWalletError as error:
            if error.reason != _CLIENT_LOST or not old.session_token:
                raise
            # The client token went with the session token.
            return (yield from self._request_tokens(Credentials(""), time_left))
        yield from self._adopt(Credentials(client_id, reply.session_token))
        kept: bool = reply.logins_kept
        return kept

    def _request_client_id(self, time_left: float) -> Machine[str]:
        request = v1.RequestClientIdRequest()
        identity = FixedIdentity({})
        reply: Any = yield from call(identity, self._policy, _REQUEST_CLIENT_ID, request, time_left)
        client_id: str = reply.client_id
        return client_id

    def _sign_in_once(self, used: int, time_left: float) -> Machine[None]:
        if used == self._current[0]:
            yield from self._sign_in(time_left)

    def _sign_in(self, time_left: float) -> Machine[None]:
        how: SignIn = yield AskSignIn()
        identity = FixedIdentity(self._metadata(self.credentials))
        steps: list[tuple[AnyMethod, Any]] = []
        if how.acquire_key:
            acquire = v1.AcquireMasterRequest(email=how.master_email, acquire_key=how.acquire_key)
            steps.append((_methods.MASTER_ACQUIRE_MASTER, acquire))
        if how.master_password:
            master = v1.LoginMasterRequest(email=how.master_email, password=how.master_password)
            steps.append((_methods.MASTER_LOGIN_MASTER, master))
        if how.email:
            user = v1.LoginRequest(
                email=how.email, password=how.password, one_time_code=how.one_time_code
            )
            steps.append((_methods.ACCOUNT_LOGIN, user))
        for method, request in steps:
            yield from call(identity, self._policy, method, request, time_left)
        yield from self._lengthen(identity, time_left)
        self._note_login()
        # A new number: who was refused meanwhile, also with these tokens before the login, does not log in again.
        self._use(self.credentials)

    def _lengthen(self, identity: Identity, time_left: float) -> Machine[None]:
        """Extends a session at once: one that was opened before a master was acquired has only minutes."""
        method = _methods.SESSION_KEEP_SESSION_TOKEN_ALIVE
        request = v1.KeepSessionTokenAliveRequest()
        try:
            yield from call(identity, self._policy, method, request, time_left)
        except EWalletError as error:
            # The login is there all the same.
            _log.warning("The session could not be extended: %r", error)

    def _note_login(self) -> None:
        self._signed_in = True
        self._left = False
        self._lost = None

    def _adopt(self, credentials: Credentials) -> Machine[None]:
        self._use(credentials)
        yield SaveCredentials(credentials)

    def _use(self, credentials: Credentials) -> None:
        self._current = (self._current[0] + 1, credentials)

    def __repr__(self) -> str:
        return f"Session(open={bool(self.credentials.session_token)}, signed_in={self._signed_in})"


def _replaced_elsewhere() -> EWalletError:
    message = "The session token was over, or had been replaced elsewhere."
    return LoginLostError(ErrorFacts("UNAUTHENTICATED", message, reason="SESSION_TOKEN_INVALID"))
