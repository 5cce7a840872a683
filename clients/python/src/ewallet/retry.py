"""When a call is sent again, and after how long."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ewallet.effects import AnyMethod
from ewallet.errors import EWalletError

DEFAULT_TIMEOUT = 30.0
"""Seconds that a call takes at most, retries included."""
SLOW_TIMEOUT = 600.0
"""The same for calls that work through everything there is."""

# Passing failures. A server that dies shows as any of them, depending on where the call was.
_PASSING = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "INTERNAL", "UNKNOWN"}
# A fault of the server, or a connection that was cut: most often the next attempt tells which.
_INTERNAL_ATTEMPTS = 3
# Refused before anything was done.
_NOTHING_DONE = {"OVERLOADED", "TRANSACTION_CONTENTION", "SWEEP_RUNNING"}
# The watch is what was too much, not the server: it is opened again.
_PASSING_FOR_WATCHES = {"TOO_SLOW"}


@dataclass(frozen=True)
class RetryPolicy:
    """How long a client waits between attempts: a random time up to a limit that doubles, but at least what the server asks for."""

    first_wait: float = 0.1
    """Seconds, at most, before the second attempt."""
    longest_wait: float = 5.0
    """Seconds that the doubling ends at."""
    attempt_timeout: float = 10.0
    """Seconds that one attempt of a call that may be repeated takes at most."""

    def wait_before(self, attempt: int, error: EWalletError) -> float:
        """Seconds before the attempt of this number, counted from 1."""
        limit = min(self.longest_wait, self.first_wait * 2 ** min(max(attempt - 2, 0), 30))
        # The advice goes to many clients at once: some of it again, or they all come back together.
        jitter = random.uniform(0, limit)  # noqa: S311 - not a secret
        return jitter if error.retry_after is None else error.retry_after + jitter


def is_passing(error: EWalletError) -> bool:
    """Whether another attempt may get another answer."""
    if error.code == "RESOURCE_EXHAUSTED":
        return error.retry_after is not None
    return error.code in _PASSING


def may_be_sent_again(method: AnyMethod, error: EWalletError, attempts: int) -> bool:
    """Whether to call again what was sent so often and failed so."""
    if error.code == "INTERNAL" and attempts >= _INTERNAL_ATTEMPTS:
        return False
    return method.retried and is_passing(error)


def ends_watch(error: EWalletError) -> bool:
    """Whether a watch that ended so is not to be opened again."""
    return not is_passing(error) and error.reason not in _PASSING_FOR_WATCHES


def leaves_unknown(error: EWalletError) -> bool:
    """Whether a write that was answered so may have happened all the same."""
    return error.code in _PASSING and error.reason not in _NOTHING_DONE


def timeout_of(method: AnyMethod, wanted: float | None, usual: float) -> float:
    """Seconds that a call of the method takes at most."""
    if wanted is not None:
        return wanted
    return max(usual, SLOW_TIMEOUT) if method.slow else usual
