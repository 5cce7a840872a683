"""Watches and payment streams for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any, Generic, TypeVar

import grpc.aio

from ewallet import v1
from ewallet.aio_caller import AsyncCaller, to_error
from ewallet.effects import (
    Answer,
    AnyMethod,
    Effect,
    Emit,
    Machine,
    Metadata,
    Next,
    Open,
    OpenPayments,
)
from ewallet.errors import ErrorFacts, UnavailableError
from ewallet.payments import PaymentOutcome, PaymentWindow, stream_payments
from ewallet.system import v1 as system_v1
from ewallet.watch import ClockRules, WorkerRules, watch

Item = TypeVar("Item")
Same = TypeVar("Same", bound="AsyncStream[Any]")
Payments = AsyncIterable[v1.StreamPaymentsRequest] | Iterable[v1.StreamPaymentsRequest]


class AsyncStream(Generic[Item]):
    """Gives items until the program has enough. Use it in an `async with` block, or call `close`."""

    def __init__(self, caller: AsyncCaller, machine: Machine[None], method: AnyMethod) -> None:
        self._caller = caller
        self._machine = machine
        self._method = method
        self._call: Any = None
        self._channel: grpc.aio.Channel | None = None
        self._closed = False

    def __aiter__(self) -> AsyncIterator[Item]:
        return self

    async def __anext__(self) -> Item:
        """Waits for the next item. Raises EWalletError when going on would not help."""
        try:
            effect = self._machine.send(None)
            while not isinstance(effect, Emit):
                try:
                    outcome = await self._perform(effect)
                except Exception as error:
                    if self._closed:
                        raise StopAsyncIteration from None
                    effect = self._machine.throw(error)
                else:
                    effect = self._machine.send(outcome)
        except StopIteration:
            await self.close()
            raise StopAsyncIteration from None
        except BaseException:
            await self.close()
            raise
        item: Item = effect.value
        return item

    async def __aenter__(self: Same) -> Same:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the stream."""
        self._closed = True
        self._machine.close()
        if self._call is not None:
            self._call.cancel()

    async def _perform(self, effect: Effect) -> Any:
        match effect:
            case Open(method, request, metadata):
                self._channel = self._caller.channels.get("watches")
                stub = self._channel.unary_stream(
                    method.path,
                    request_serializer=method.request_type.SerializeToString,
                    response_deserializer=method.response_type.FromString,
                )
                self._caller.begin()
                self._call = stub(request, metadata=metadata)
                return None
            case Next(timeout):
                return await self._next(timeout)
        return await self._caller.perform(effect)

    async def _next(self, timeout: float | None) -> Any:
        try:
            message = await asyncio.wait_for(self._call.read(), timeout)
        except asyncio.TimeoutError:
            self._call.cancel()
            if self._channel is not None:
                self._caller.channels.replace("watches", self._channel)
            raise UnavailableError(
                ErrorFacts("UNAVAILABLE", "The watch fell silent.", self._method.path)
            ) from None
        except asyncio.CancelledError:
            if self._closed:
                # By `close` from another task: not this one is cancelled.
                return None
            raise
        except grpc.aio.AioRpcError as error:
            raise to_error(error, self._method.path) from error
        return None if message is grpc.aio.EOF else message


class AsyncClockWatch(AsyncStream[v1.WatchClockResponse]):
    """The states of a clock, each as it becomes known, for as long as the program wants."""

    def __init__(self, caller: AsyncCaller, request: v1.WatchClockRequest) -> None:
        rules = ClockRules(request)
        super().__init__(caller, watch(caller.identity, rules), rules.method)


class AsyncWorkerWatch(AsyncStream[system_v1.WatchWorkersResponse]):
    """The session workers and every change of them, for as long as the program wants."""

    def __init__(self, caller: AsyncCaller, request: system_v1.WatchWorkersRequest) -> None:
        self._rules = WorkerRules(request)
        super().__init__(caller, watch(caller.identity, self._rules), self._rules.method)

    @property
    def position(self) -> str:
        """Where another watch of the same states can go on, on any server. Empty until a snapshot is complete."""
        return self._rules.position


class AsyncPaymentStream(AsyncStream[PaymentOutcome]):
    """Outcomes of payments, transfers and supplies, in the order in which they settle.

    Messages are read from the program only as it reads outcomes. When the stream breaks, a new one is opened and what had no
    answer is sent again with the same request ids.
    """

    def __init__(
        self, caller: AsyncCaller, method: AnyMethod, requests: Payments, limit: int
    ) -> None:
        self._window = PaymentWindow(limit, caller.timeout, caller.policy)
        machine = stream_payments(caller.identity, caller.policy, self._window, caller.timeout)
        super().__init__(caller, machine, method)
        self._source = requests
        self._changed = asyncio.Condition()
        self._feeder: asyncio.Task[None] | None = None
        self._source_error: BaseException | None = None
        self._stream_number = 0

    @property
    def unanswered(self) -> list[v1.StreamPaymentsRequest]:
        """Messages that were taken and have no answer: what to send again, with these request ids, after an error."""
        return self._window.unanswered()

    async def __anext__(self) -> PaymentOutcome:
        """Waits for the next outcome. Raises what the messages' own iterator raised, after the outcomes of those before."""
        if self._feeder is None:
            self._feeder = asyncio.create_task(self._feed())
        try:
            return await super().__anext__()
        except StopAsyncIteration:
            if self._source_error is not None and not self._window.unanswered():
                raise self._source_error from None
            raise

    async def close(self) -> None:
        """Ends the stream. What was sent and not answered may happen all the same."""
        await super().close()
        if self._feeder is not None:
            self._feeder.cancel()
        async with self._changed:
            self._changed.notify_all()

    async def _perform(self, effect: Effect) -> Any:
        match effect:
            case OpenPayments(method, metadata):
                await self._open(method, metadata)
                return None
            case Answer(response):
                async with self._changed:
                    outcome = self._window.answer(response)
                    self._changed.notify_all()
                    return outcome
        return await super()._perform(effect)

    async def _open(self, method: AnyMethod, metadata: Metadata) -> None:
        async with self._changed:
            self._stream_number += 1
            self._window.begin_stream()
            # A sender of the stream before finds out that it is over.
            self._changed.notify_all()
        stub = self._caller.channels.get("calls").stream_stream(
            method.path,
            request_serializer=method.request_type.SerializeToString,
            response_deserializer=method.response_type.FromString,
        )
        self._caller.begin()
        self._call = stub(self._send(self._stream_number), metadata=metadata)

    async def _feed(self) -> None:
        try:
            source = self._source
            messages = source if isinstance(source, AsyncIterable) else _each(source)
            iterator = aiter(messages)
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda: self._window.room)
                request = await anext(iterator, None)
                if request is None:
                    return
                async with self._changed:
                    self._window.add(request)
                    self._changed.notify_all()
        except Exception as error:
            self._source_error = error
        finally:
            self._window.close()
            async with self._changed:
                self._changed.notify_all()

    async def _send(self, number: int) -> AsyncIterator[v1.StreamPaymentsRequest]:
        while True:
            async with self._changed:
                if number != self._stream_number or self._closed or self._window.done:
                    return
                request = self._window.next_to_send()
                if request is None:
                    await self._wait(self._window.seconds_to_next())
            if request is not None:
                yield request

    async def _wait(self, seconds: float | None) -> None:
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except asyncio.TimeoutError:
            return


async def _each(
    requests: Iterable[v1.StreamPaymentsRequest],
) -> AsyncIterator[v1.StreamPaymentsRequest]:
    for request in requests:
        yield request
