"""Calls for asyncio: does what the logic asks for, with tasks."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc.aio

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
class AsyncCallbacks:
    """What the program is asked and told. Each may be a coroutine function or a plain one."""

    sign_in: Callable[[], SignIn | Awaitable[SignIn]] | None = None
    load_credentials: Callable[[], Credentials | Awaitable[Credentials | None] | None] | None = None
    save_credentials: Callable[[Credentials], Awaitable[None] | None] | None = None


async def run(machine: Machine[Result], perform: Callable[[Effect], Awaitable[Any]]) -> Result:
    """Does what the machine asks for until it has its result."""
    try:
        effect = next(machine)
        while True:
            try:
                outcome = await perform(effect)
            except BaseException as error:
                effect = machine.throw(error)
            else:
                effect = machine.send(outcome)
    except StopIteration as end:
        result: Result = end.value
        return result


class AsyncChannels:
    """A connection for calls, and one for watches: a stream that is not read must not hold up payments."""

    def __init__(self, calls: Target, watches: Target) -> None:
        self._targets = {"calls": calls, "watches": watches}
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._closed = False

    def get(self, kind: str) -> grpc.aio.Channel:
        """The channel of a kind, made in the loop that first uses it. Raises ValueError after `close`."""
        if self._closed:
            raise ValueError("The client is closed.")
        if kind not in self._channels:
            self._channels[kind] = _connect(self._targets[kind])
        return self._channels[kind]

    def replace(self, kind: str, silent: grpc.aio.Channel) -> None:
        """Has the next stream use a new connection: nothing comes down this one. Streams that still do so keep it."""
        if self._channels.get(kind) is silent:
            del self._channels[kind]

    async def close(self) -> None:
        """Ends all calls."""
        self._closed = True
        for channel in self._channels.values():
            await channel.close()


def _connect(target: Target) -> grpc.aio.Channel:
    if target.credentials is None:
        return grpc.aio.insecure_channel(target.name, target.options)
    return grpc.aio.secure_channel(target.name, target.credentials, target.options)


class AsyncCaller:
    """Calls on behalf of one identity."""

    def __init__(
        self,
        channels: AsyncChannels,
        identity: Identity,
        policy: RetryPolicy,
        timeout: float,
        callbacks: AsyncCallbacks,
        on_first_call: Callable[[], None] | None = None,
    ) -> None:
        self.channels = channels
        self.identity = identity
        self.policy = policy
        self.timeout = timeout
        self._callbacks = callbacks
        self._on_first_call = on_first_call
        self._lock = asyncio.Lock()

    async def call(
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
        response = await self.run(call(self.identity, self.policy, method, message, seconds, info))
        assert isinstance(response, method.response_type)  # noqa: S101 - tells the type checker
        return response

    async def run(self, machine: Machine[Result]) -> Result:
        """Runs logic that neither watches nor streams."""
        return await run(machine, self.perform)

    async def perform(self, effect: Effect) -> Any:
        """Does one thing that the logic asks for."""
        match effect:
            case Send():
                return await self._send(effect)
            case Wait(seconds):
                return await asyncio.sleep(seconds)
            case Exclusive(machine):
                async with self._lock:
                    return await self.run(machine)
        return await self._ask(effect)

    async def _ask(self, effect: Effect) -> SignIn | Credentials | None:
        callbacks = self._callbacks
        answer: Any
        match effect:
            case AskSignIn() if callbacks.sign_in:
                answer = callbacks.sign_in()
            case LoadCredentials() if callbacks.load_credentials:
                answer = callbacks.load_credentials()
            case SaveCredentials(credentials):
                answer = callbacks.save_credentials and callbacks.save_credentials(credentials)
            case _:
                raise TypeError(f"This is not for a call: {effect!r}.")
        result: SignIn | Credentials | None = (
            await answer if inspect.isawaitable(answer) else answer
        )
        return result

    async def _send(self, send: Send) -> Reply:
        self.begin()
        method = send.method
        stub = self.channels.get("calls").unary_unary(
            method.path,
            request_serializer=method.request_type.SerializeToString,
            response_deserializer=method.response_type.FromString,
        )
        made = stub(send.request, timeout=send.timeout, metadata=send.metadata)
        try:
            response = await made
        except grpc.aio.AioRpcError as error:
            raise to_error(error, method.path) from error
        return Reply(response, is_replayed(_pairs(await made.trailing_metadata())))

    def begin(self) -> None:
        """Starts what runs in the background, in the loop of the first call."""
        if self._on_first_call:
            begin, self._on_first_call = self._on_first_call, None
            begin()


def to_error(error: grpc.aio.AioRpcError, path: str) -> EWalletError:
    """The error of this package for one that grpc raised."""
    trailers = _pairs(error.trailing_metadata())
    return error_of_call(error.code().name, error.details() or "", trailers, path)


def _pairs(metadata: Any) -> list[tuple[str, str | bytes]]:
    return list(metadata or ())
