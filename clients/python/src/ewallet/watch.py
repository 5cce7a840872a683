"""A watch that lives as long as the program wants: resumed when its stream ends or falls silent. Written once for both clients."""

from __future__ import annotations

import logging
from typing import Protocol, TypeVar

from ewallet import _methods, v1
from ewallet.effects import AnyMethod, Emit, Machine, Next, Open, Wait
from ewallet.errors import EWalletError
from ewallet.identity import Identity
from ewallet.retry import RetryPolicy, ends_watch
from ewallet.system import v1 as system_v1
from ewallet.times import seconds_of

Event = TypeVar("Event", contravariant=True)  # noqa: PLC0105 - one name wherever events go
_log = logging.getLogger(__name__)
_DEFAULT_HEARTBEAT = 15.0
_SILENT_HEARTBEATS = 3
_POLICY = RetryPolicy(first_wait=0.5, longest_wait=30.0)
_PROVE_TIMEOUT = 30.0
_RECOVERIES = 2


class WatchRules(Protocol[Event]):
    """What differs between watches."""

    method: AnyMethod

    def request(self) -> v1.WatchClockRequest | system_v1.WatchWorkersRequest:
        """What to begin, or go on, with."""

    def heartbeat_interval(self) -> float:
        """Seconds of silence after which the server says that it is there."""

    def take(self, event: Event) -> bool:
        """Takes notice of an event. Gives whether the program is to see it."""

    def reconnect_delay(self, event: Event) -> float | None:
        """Seconds to wait before watching again when this event says that the stream ends. Otherwise None."""


class ClockRules:
    """Watches begin anew with a whole clock; the revision tells what is old."""

    method: AnyMethod = _methods.CLOCK_WATCH_CLOCK

    def __init__(self, request: v1.WatchClockRequest) -> None:
        self._request = request
        self._revision = -1

    def request(self) -> v1.WatchClockRequest:
        """Always the same clock, also when another one becomes the active one meanwhile."""
        return self._request

    def heartbeat_interval(self) -> float:
        """As the request has it."""
        return _heartbeat(self._request)

    def take(self, event: v1.WatchClockResponse) -> bool:
        """A clock that was seen in a later state already is old news: another server may lag."""
        if not event.HasField("clock") or event.clock.revision < self._revision:
            return False
        self._revision = event.clock.revision
        self._request.clock_id = event.clock.clock_id
        return True

    def reconnect_delay(self, event: v1.WatchClockResponse) -> float | None:
        """From `draining`."""
        draining = event.WhichOneof("event") == "draining"
        return seconds_of(event.draining.reconnect_delay) if draining else None


class WorkerRules:
    """Watches go on from a position."""

    method: AnyMethod = _methods.SYSTEM_WATCH_WORKERS

    def __init__(self, request: system_v1.WatchWorkersRequest) -> None:
        self._request = request

    @property
    def position(self) -> str:
        """Where to resume, on this server or another. Empty until a snapshot is complete."""
        return self._request.resume_position

    def request(self) -> system_v1.WatchWorkersRequest:
        """From the last position."""
        return self._request

    def heartbeat_interval(self) -> float:
        """As the request has it."""
        return _heartbeat(self._request)

    def take(self, event: system_v1.WatchWorkersResponse) -> bool:
        """Keeps the position; an empty one says to keep none."""
        self._request.resume_position = event.position
        return event.WhichOneof("event") not in (None, "draining")

    def reconnect_delay(self, event: system_v1.WatchWorkersResponse) -> float | None:
        """From `draining`."""
        draining = event.WhichOneof("event") == "draining"
        return seconds_of(event.draining.reconnect_delay) if draining else None


def watch(identity: Identity, rules: WatchRules[Event]) -> Machine[None]:
    """Emits events until the program has enough. Throws EWalletError when watching again would not help."""
    failures = 0
    recoveries = 0
    while True:
        used = 0
        try:
            used, metadata = yield from identity.prove(rules.method, _PROVE_TIMEOUT)
            yield Open(rules.method, rules.request(), metadata)
            wait = 0.0
            while True:
                event: Event | None = yield Next(_SILENT_HEARTBEATS * rules.heartbeat_interval())
                if event is None:
                    break
                failures = recoveries = 0
                delay = rules.reconnect_delay(event)
                if rules.take(event):
                    yield Emit(event)
                if delay is not None:
                    wait = delay
                    break
        except EWalletError as error:
            if recoveries < _RECOVERIES and (
                yield from identity.recover(error, used, rules.method, _PROVE_TIMEOUT)
            ):
                recoveries += 1
                continue
            if ends_watch(error):
                raise
            failures += 1
            wait = _POLICY.wait_before(failures + 1, error)
            _log.info("%s: %r, again in %.2f s", rules.method.path, error, wait)
        yield Wait(wait)


def _heartbeat(request: v1.WatchClockRequest | system_v1.WatchWorkersRequest) -> float:
    if request.HasField("heartbeat_interval"):
        return seconds_of(request.heartbeat_interval)
    return _DEFAULT_HEARTBEAT
