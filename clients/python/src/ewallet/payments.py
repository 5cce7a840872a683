"""What is under way on a payment stream. Written once for both clients; knows no threads and no tasks."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from ewallet import _methods, v1
from ewallet.call import give_request_id
from ewallet.decode import error_of_answer
from ewallet.effects import Answer, Emit, Machine, Next, OpenPayments, Wait
from ewallet.errors import ErrorFacts, EWalletError, UnavailableError, make_error
from ewallet.identity import Identity
from ewallet.retry import RetryPolicy, is_passing

_log = logging.getLogger(__name__)
_METHOD = _methods.WALLET_STREAM_PAYMENTS
_RECOVERIES = 2


@dataclass(frozen=True)
class PaymentOutcome:
    """What came of one message of a payment stream."""

    request: v1.StreamPaymentsRequest
    """The message, with its request id."""
    operation: v1.Operation | None
    """What was applied. None when it was refused."""
    error: EWalletError | None
    """Why it was refused. None when it was applied."""
    replayed: bool
    """An earlier request with the same id had been decided already: also one of this stream that broke on the way."""

    @property
    def request_id(self) -> str:
        """The request id that is answered."""
        return self.request.request_id


@dataclass
class _Pending:
    request: v1.StreamPaymentsRequest
    attempts: int = 0
    first_refusal: float | None = None


class PaymentWindow:
    """Messages that were taken from the program and have no answer that it was given yet.

    All that a stream needs after it broke: what had no answer is sent again, first taken first, with the same request ids.
    """

    def __init__(
        self,
        limit: int,
        timeout: float,
        policy: RetryPolicy,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        if limit < 1:
            raise ValueError(f"window must be at least 1, not {limit}.")
        self._limit = limit
        self._timeout = timeout
        self._policy = policy
        self._now = now
        self._pending: dict[str, _Pending] = {}
        self._to_send: deque[str] = deque()
        self._later: list[tuple[float, str]] = []
        self._wallet_id: str | None = None
        self._closed = False

    @property
    def room(self) -> bool:
        """Whether another message may be taken."""
        return len(self._pending) < self._limit

    @property
    def done(self) -> bool:
        """Whether there is nothing more to take, and everything is answered."""
        return self._closed and not self._pending

    def add(self, request: v1.StreamPaymentsRequest) -> None:
        """Takes a message. Raises ValueError when its request id is under way on this stream already."""
        message = _copy(request)
        give_request_id(message, _METHOD)
        if message.request_id in self._pending:
            raise ValueError(f"request_id {message.request_id} is under way on this stream.")
        if self._wallet_id is None:
            self._wallet_id = message.wallet_id
        if not message.wallet_id and not message.account_id:
            # The first message fixes the wallet of all. Said in each, it holds on the next stream too, whichever comes first there.
            message.wallet_id = self._wallet_id
        self._pending[message.request_id] = _Pending(message)
        self._to_send.append(message.request_id)

    def close(self) -> None:
        """There is nothing more to take."""
        self._closed = True

    def begin_stream(self) -> None:
        """A new stream: everything is to be sent on it."""
        self._to_send = deque(self._pending)
        self._later.clear()

    def next_to_send(self) -> v1.StreamPaymentsRequest | None:
        """The next message, if one is to be sent now."""
        now = self._now()
        due = [item for item in self._later if item[0] <= now]
        for item in due:
            self._later.remove(item)
            self._to_send.append(item[1])
        if not self._to_send:
            return None
        pending = self._pending[self._to_send.popleft()]
        pending.attempts += 1
        return pending.request

    def seconds_to_next(self) -> float | None:
        """After how long a message is to be sent again. None when none waits."""
        return max(0.0, min(self._later)[0] - self._now()) if self._later else None

    def answer(self, response: v1.StreamPaymentsResponse) -> PaymentOutcome | None:
        """What the program is told of an answer. None when the message is sent again, or was answered before."""
        pending = self._pending.get(response.request_id)
        if pending is None:
            return None
        error: EWalletError | None = None
        if response.WhichOneof("outcome") == "error":
            error = error_of_answer(
                response.error, _METHOD.path, response.request_id, response.replayed
            )
            if is_passing(error) and self._send_later(pending, error):
                return None
        del self._pending[response.request_id]
        operation = response.applied.operation if error is None else None
        return PaymentOutcome(pending.request, operation, error, response.replayed)

    def unanswered(self) -> list[v1.StreamPaymentsRequest]:
        """The messages without an answer, first taken first."""
        return [pending.request for pending in self._pending.values()]

    def _send_later(self, pending: _Pending, error: EWalletError) -> bool:
        now = self._now()
        if pending.first_refusal is None:
            pending.first_refusal = now
        wait = self._policy.wait_before(pending.attempts + 1, error)
        if now + wait > pending.first_refusal + self._timeout:
            return False
        self._later.append((now + wait, pending.request.request_id))
        return True


def stream_payments(
    identity: Identity, policy: RetryPolicy, window: PaymentWindow, timeout: float
) -> Machine[None]:
    """Emits outcomes until all is answered. Throws EWalletError when no stream answers for `timeout` seconds."""
    failures = 0
    recoveries = 0
    broken_at: float | None = None
    while not window.done:
        used = 0
        try:
            used, metadata = yield from identity.prove(_METHOD, timeout)
            yield OpenPayments(_METHOD, metadata)
            while True:
                response: v1.StreamPaymentsResponse | None = yield Next(None)
                if response is None:
                    break
                failures = recoveries = 0
                broken_at = None
                outcome: PaymentOutcome | None = yield Answer(response)
                if outcome is not None:
                    yield Emit(outcome)
            if window.done:
                return
            raise UnavailableError(
                ErrorFacts("UNAVAILABLE", "The stream ended early.", _METHOD.path)
            )
        except EWalletError as error:
            if window.done:
                return
            if recoveries < _RECOVERIES and (
                yield from identity.recover(error, used, _METHOD, timeout)
            ):
                recoveries += 1
                continue
            failures += 1
            now = time.monotonic()
            broken_at = now if broken_at is None else broken_at
            wait = policy.wait_before(failures + 1, error)
            if not is_passing(error) or now + wait > broken_at + timeout:
                unknown = bool(window.unanswered())
                facts = replace(error.facts, attempts=failures, outcome_unknown=unknown)
                raise make_error(facts) from error.__cause__
            _log.info("%s: %r, again in %.2f s", _METHOD.path, error, wait)
            yield Wait(wait)


def _copy(request: v1.StreamPaymentsRequest) -> v1.StreamPaymentsRequest:
    message = v1.StreamPaymentsRequest()
    message.CopyFrom(request)
    return message
