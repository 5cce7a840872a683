"""Watches and payment streams that block."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

import grpc

from ewallet import v1
from ewallet.caller import Caller, to_error
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
    Wait,
)
from ewallet.errors import ErrorFacts, UnavailableError
from ewallet.payments import PaymentOutcome, PaymentWindow, stream_payments
from ewallet.system import v1 as system_v1
from ewallet.watch import ClockRules, WorkerRules, watch

Item = TypeVar("Item")
Same = TypeVar("Same", bound="Stream[Any]")


class Stream(Generic[Item]):
    """Gives items until the program has enough. Use it in a `with` block, or call `close`."""

    def __init__(self, caller: Caller, machine: Machine[None], method: AnyMethod) -> None:
        self._caller = caller
        self._machine = machine
        self._method = method
        self._call: Any = None
        self._channel: grpc.Channel | None = None
        self._silent = False
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        """Waits for the next item. Raises EWalletError when going on would not help."""
        outcome: Any = None
        try:
            effect = self._machine.send(None)
            while not isinstance(effect, Emit):
                if self._closed.is_set():
                    raise StopIteration
                try:
                    outcome = self._perform(effect)
                except Exception as error:
                    if self._closed.is_set():
                        raise StopIteration from None
                    effect = self._machine.throw(error)
                else:
                    effect = self._machine.send(outcome)
        except BaseException:
            self.close()
            raise
        item: Item = effect.value
        return item

    def __enter__(self: Same) -> Same:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the stream, from any thread."""
        self._closed.set()
        if self._call is not None:
            self._call.cancel()

    def _perform(self, effect: Effect) -> Any:
        match effect:
            case Open(method, request, metadata):
                self._begin("watches", method, metadata, iter([request]), streams=False)
                return None
            case Next(timeout):
                return self._next(timeout)
            case Wait(seconds):
                self._closed.wait(seconds)
                return None
        return self._caller.perform(effect)

    def _begin(
        self,
        kind: str,
        method: AnyMethod,
        metadata: Metadata,
        requests: Iterator[Any],
        *,
        streams: bool,
    ) -> None:
        self._channel = channel = self._caller.channels.get(kind)
        make = channel.stream_stream if streams else channel.unary_stream
        stub = make(
            method.path,
            request_serializer=method.request_type.SerializeToString,
            response_deserializer=method.response_type.FromString,
        )
        self._silent = False
        self._call = stub(requests if streams else next(requests), metadata=metadata)
        if self._closed.is_set():
            self._call.cancel()

    def _next(self, timeout: float | None) -> Any:
        timer = threading.Timer(timeout, self._fall_silent) if timeout is not None else None
        if timer:
            timer.daemon = True
            timer.start()
        try:
            return next(self._call, None)
        except grpc.RpcError as error:
            if self._silent and self._channel is not None:
                self._caller.channels.replace("watches", self._channel)
                raise _silence(self._method) from error
            raise to_error(error, self._method.path) from error
        finally:
            if timer:
                timer.cancel()

    def _fall_silent(self) -> None:
        self._silent = True
        self._call.cancel()


class ClockWatch(Stream[v1.WatchClockResponse]):
    """The states of a clock, each as it becomes known, for as long as the program wants."""

    def __init__(self, caller: Caller, request: v1.WatchClockRequest) -> None:
        rules = ClockRules(request)
        super().__init__(caller, watch(caller.identity, rules), rules.method)


class WorkerWatch(Stream[system_v1.WatchWorkersResponse]):
    """The session workers and every change of them, for as long as the program wants."""

    def __init__(self, caller: Caller, request: system_v1.WatchWorkersRequest) -> None:
        self._rules = WorkerRules(request)
        super().__init__(caller, watch(caller.identity, self._rules), self._rules.method)

    @property
    def position(self) -> str:
        """Where another watch of the same states can go on, on any server. Empty until a snapshot is complete."""
        return self._rules.position


class PaymentStream(Stream[PaymentOutcome]):
    """Outcomes of payments, transfers and supplies, in the order in which they settle.

    Messages are read from the program only as it reads outcomes. When the stream breaks, a new one is opened and what had no
    answer is sent again with the same request ids.
    """

    def __init__(
        self,
        caller: Caller,
        method: AnyMethod,
        requests: Iterable[v1.StreamPaymentsRequest],
        limit: int,
    ) -> None:
        self._window = PaymentWindow(limit, caller.timeout, caller.policy)
        machine = stream_payments(caller.identity, caller.policy, self._window, caller.timeout)
        super().__init__(caller, machine, method)
        self._source = iter(requests)
        self._changed = threading.Condition()
        self._feeder: threading.Thread | None = None
        self._source_error: BaseException | None = None
        self._stream_number = 0

    @property
    def unanswered(self) -> list[v1.StreamPaymentsRequest]:
        """Messages that were taken and have no answer: what to send again, with these request ids, after an error."""
        with self._changed:
            return self._window.unanswered()

    def __next__(self) -> PaymentOutcome:
        """Waits for the next outcome. Raises what the messages' own iterator raised, after the outcomes of those before."""
        if self._feeder is None:
            self._feeder = threading.Thread(target=self._feed, name="ewallet-payments", daemon=True)
            self._feeder.start()
        try:
            return super().__next__()
        except StopIteration:
            if self._source_error is not None and not self._window.unanswered():
                raise self._source_error from None
            raise

    def close(self) -> None:
        """Ends the stream, from any thread. What was sent and not answered may happen all the same."""
        super().close()
        with self._changed:
            self._changed.notify_all()

    def _perform(self, effect: Effect) -> Any:
        match effect:
            case OpenPayments(method, metadata):
                with self._changed:
                    self._stream_number += 1
                    number = self._stream_number
                    self._window.begin_stream()
                    # A sender of the stream before finds out that it is over.
                    self._changed.notify_all()
                self._begin("calls", method, metadata, self._send(number), streams=True)
                return None
            case Answer(response):
                with self._changed:
                    outcome = self._window.answer(response)
                    self._changed.notify_all()
                    return outcome
        return super()._perform(effect)

    def _feed(self) -> None:
        try:
            while self._wait_for_room():
                request = next(self._source, None)
                if request is None:
                    return
                with self._changed:
                    self._window.add(request)
                    self._changed.notify_all()
        except BaseException as error:
            self._source_error = error
        finally:
            with self._changed:
                self._window.close()
                self._changed.notify_all()

    def _wait_for_room(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._window.room or self._closed.is_set())
            return not self._closed.is_set()

    def _send(self, number: int) -> Iterator[v1.StreamPaymentsRequest]:
        """Runs in a thread of grpc, one for each stream."""
        while True:
            with self._changed:
                if number != self._stream_number or self._closed.is_set() or self._window.done:
                    return
                request = self._window.next_to_send()
                if request is None:
                    self._changed.wait(self._window.seconds_to_next())
            if request is not None:
                yield request


def _silence(method: AnyMethod) -> UnavailableError:
    return UnavailableError(ErrorFacts("UNAVAILABLE", "The watch fell silent.", method.path))
