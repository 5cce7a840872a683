"""What a call raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FieldViolation:
    """A field of the request that breaks a rule."""

    field: str
    """Path of the field as the proto names it, for example `payee_email`."""
    rule: str
    """The rule that it breaks, for example `STRING_MIN_LEN`."""
    description: str
    """What the rule asks for."""


@dataclass(frozen=True)
class Resource:
    """What an error is about."""

    type: str
    """For example `wallet`."""
    name: str
    """For example `wallets/wal_1a2b`."""


@dataclass(frozen=True)
class ErrorFacts:
    """What an `EWalletError` is made of."""

    code: str
    message: str
    method: str = ""
    reason: str | None = None
    fields: Sequence[FieldViolation] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None
    resource: Resource | None = None
    request_id: str = ""
    replayed: bool = False
    attempts: int = 1
    outcome_unknown: bool = False


class EWalletError(Exception):
    """A call that failed. Decide by `reason`, or by the class where there is none; the message is for people."""

    def __init__(self, facts: ErrorFacts) -> None:
        super().__init__(facts.message)
        self.facts = facts
        self.message = facts.message
        self.code = facts.code
        """Status code by name, for example `FAILED_PRECONDITION`."""
        self.reason = facts.reason
        """Why it failed, for example `INSUFFICIENT_CREDITS`. None when the server did not say, as when it is not reached."""
        self.fields = tuple(facts.fields)
        """Fields of the request that break a rule, at most 20."""
        self.metadata = dict(facts.metadata)
        """What belongs to the reason, for example `balance_credits`. error_reason.proto lists the keys."""
        self.retry_after = facts.retry_after
        """Seconds that the server asks to wait before the next attempt."""
        self.resource = facts.resource
        """What it is about."""
        self.request_id = facts.request_id
        """The request id of the write. Send it again to learn its outcome."""
        self.replayed = facts.replayed
        """An earlier request with this id had been refused so already."""
        self.method = facts.method
        """`/package.Service/Method`"""
        self.attempts = facts.attempts
        """How often the call was sent."""
        self.outcome_unknown = facts.outcome_unknown
        """A write may have happened all the same: repeat it with the same request id, or look."""

    def __str__(self) -> str:
        """The message and, in brackets, the reason or code."""
        return f"{self.message} [{self.reason or self.code}]"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code}, {self.reason}, {self.message!r})"

    def __reduce__(self) -> tuple[type[EWalletError], tuple[ErrorFacts]]:
        """Errors travel between processes."""
        return type(self), (self.facts,)


class InvalidArgumentError(EWalletError):
    """The request breaks a rule whatever the state: `fields` names what."""


class OutOfRangeError(EWalletError):
    """A balance would pass its limit."""


class UnauthenticatedError(EWalletError):
    """The credentials are missing, wrong or over."""


class LoginLostError(UnauthenticatedError):
    """The session was lost, and its logins with it: its time was over, or its token was replaced elsewhere.

    The call did nothing, and the client has a new session: acquire the master, log in, and call again. A client with
    `sign_in` does so by itself and does not raise this.
    """


class PermissionDeniedError(EWalletError):
    """The caller may not do this."""


class NotFoundError(EWalletError):
    """It does not exist, or is somebody else's."""


class AlreadyExistsError(EWalletError):
    """A name or address is taken."""


class FailedPreconditionError(EWalletError):
    """The state does not allow it: too few credits, a timer that runs, an account that is frozen."""


class ResourceExhaustedError(EWalletError):
    """A limit is reached. Where `retry_after` is set, later is better."""


class UnavailableError(EWalletError):
    """The server was not reached, was too busy, or did not answer in time, also not after retries."""


class OutcomeUnknownError(UnavailableError):
    """A write got no answer: it may have happened. Repeat it with the same `request_id`, or ask `get_operation`."""


class InternalError(EWalletError):
    """A fault of the server. `metadata["incident_id"]` is what its operator asks for."""


class CancelledError(EWalletError):
    """The call was cancelled."""


_CLASSES: dict[str, type[EWalletError]] = {
    "INVALID_ARGUMENT": InvalidArgumentError,
    "OUT_OF_RANGE": OutOfRangeError,
    "UNAUTHENTICATED": UnauthenticatedError,
    "PERMISSION_DENIED": PermissionDeniedError,
    "NOT_FOUND": NotFoundError,
    "ALREADY_EXISTS": AlreadyExistsError,
    "FAILED_PRECONDITION": FailedPreconditionError,
    "RESOURCE_EXHAUSTED": ResourceExhaustedError,
    "UNAVAILABLE": UnavailableError,
    "DEADLINE_EXCEEDED": UnavailableError,
    "INTERNAL": InternalError,
    "CANCELLED": CancelledError,
}


def make_error(facts: ErrorFacts) -> EWalletError:
    """The error of the class that belongs to the code."""
    if facts.outcome_unknown:
        return OutcomeUnknownError(facts)
    return _CLASSES.get(facts.code, EWalletError)(facts)
