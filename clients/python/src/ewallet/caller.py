"""Calls that block: does what the logic asks for, with threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc

from ewallet.call import call, compose
from ewallet.connection import Target
from ewallet.credentials import Credentials, SignIn
from ewallet.decode import error_of_call, is_replayed
from ewallet.effects import (
    AskSignIn,
    Effect,
    Exclusive,
    LoadCredentials,
    Machine,
    Reply,
    SaveCredentials,
    Send,
    Wait,
)
from ewallet.errors import EWalletError
from ewallet.identity import Identity
from ewallet.info import CallInfo
from ewallet.method import Method, Request, Response
from ewallet.retry import RetryPolicy, timeout_of

Result = TypeVar("Result")


@dataclass(frozen=True)
class Callbacks:
    """What the program is asked and told."""

    sign_in: Callable[[], SignIn] | None = None
    load_credentials: Callable[[], Credentials | None] | None = None
    save_credentials: Callable[[Credentials], None] | None = None


def run(machine: Machine[Result], perform: Callable[[Effect], Any]) -> Result:
    """Does what the machine asks for until it has its result."""
    try:
        effect = next(machine)
        while True:
            try:
                outcome = perform(effect)
            except BaseException as error:
                effect = machine.throw(error)
            else:
                effect = machine.send(outcome)
    except StopIteration as end:
        result: Result = end.value
        return result


class Channels:
    """A connection for calls, and one for watches: a stream that is not read must not hold up payments."""

    def __init__(self, calls: Target, watches: Target) -> None:
        self._targets = {"calls": calls, "watches": watches}
        self._channels: dict[str, grpc.Channel] = {}
        self._lock = threading.Lock()
        self._closed = False

    def get(self, kind: str) -> grpc.Channel:
        """The channel of a kind, made when it is first used. Raises ValueError after `close`."""
        with self._lock:
            if self._closed:
                raise ValueError("The client is closed.")
            if kind not in self._channels:
                self._channels[kind] = _connect(self._targets[kind])
            return self._channels[kind]

    def replace(self, kind: str, silent: grpc.Channel) -> None:
        """Has the next stream use a new connection: nothing comes down this one. Streams that still do so keep it."""
        with self._lock:
            if self._channels.get(kind) is silent:
                del self._channels[kind]

    def close(self) -> None:
        """Ends all calls."""
        with self._lock:
            self._closed = True
            channels = list(self._channels.values())
        for channel in channels:
            channel.close()


def _connect(target: Target) -> grpc.Channel:
    if target.credentials is None:
        return grpc.insecure_channel(target.name, target.options)
    return grpc.secure_channel(target.name, target.credentials, target.options)


class Caller:
    """Calls on behalf of one identity."""

    def __init__(
        self,
        channels: Channels,
        identity: Identity,
        policy: RetryPolicy,
        timeout: float,
        callbacks: Callbacks,
    ) -> None:
        self.channels = channels
        self.identity = identity
        self.policy = policy
        self.timeout = timeout
        self.closed = threading.Event()
        self._callbacks = callbacks
        self._lock = threading.Lock()

    def call(
        self,
        method: Method[Request, Response],
        request: Request | None,
        arguments: Request,
        timeout: float | None,
        info: CallInfo | None,
    ) -> Response:
        """Calls a unary method."""
        message = compose(request, arguments, method)
        seconds = timeout_of(method, timeout, self.timeout)
        response = self.run(call(self.identity, self.policy, method, message, seconds, info))
        assert isinstance(response, method.response_type)  # noqa: S101 - tells the type checker
        return response

    def run(self, machine: Machine[Result]) -> Result:
        """Runs logic that neither watches nor streams."""
        return run(machine, self.perform)

    def perform(self, effect: Effect) -> Any:
        """Does one thing that the logic asks for."""
        match effect:
            case Send():
                return self._send(effect)
            case Wait(seconds):
                # Ends early when the client is closed: the next call says so.
                self.closed.wait(seconds)
                return None
            case Exclusive(machine):
                with self._lock:
                    return self.run(machine)
        return self._ask(effect)

    def _ask(self, effect: Effect) -> SignIn | Credentials | None:
        callbacks = self._callbacks
        match effect:
            case AskSignIn() if callbacks.sign_in:
                return callbacks.sign_in()
            case LoadCredentials() if callbacks.load_credentials:
                return callbacks.load_credentials()
            case SaveCredentials(credentials):
                if callbacks.save_credentials:
                    callbacks.save_credentials(credentials)
                return None
        raise TypeError(f"This is not for a call: {effect!r}.")

    def _send(self, send: Send) -> Reply:
        method = send.method
        stub = self.channels.get("calls").unary_unary(
            method.path,
            request_serializer=method.request_type.SerializeToString,
            response_deserializer=method.response_type.FromString,
        )
        try:
            response, made = stub.with_call(
                send.request, timeout=send.timeout, metadata=send.metadata
            )
        except grpc.RpcError as error:
            raise to_error(error, method.path) from error
        return Reply(response, is_replayed(made.trailing_metadata()))


def to_error(error: Any, path: str) -> EWalletError:
    """The error of this package for one that grpc raised."""
    return error_of_call(error.code().name, error.details() or "", error.trailing_metadata(), path)
