"""What the logic of the client asks of its surroundings.

The logic is written once, as generators that yield these. Two runners, one that blocks and one for asyncio, do what is
asked and send the outcome back, or throw the error in.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from google.protobuf.message import Message

from ewallet.method import Method

AnyMethod = Method[Any, Any]
Metadata = tuple[tuple[str, str], ...]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Send:
    """Call a unary method once. Gives a `Reply`, or throws an `EWalletError`."""

    method: AnyMethod
    request: Message
    metadata: Metadata
    timeout: float


@dataclass(frozen=True)
class Reply:
    """What came back."""

    response: Any
    replayed: bool


@dataclass(frozen=True)
class Wait:
    """Let so many seconds pass."""

    seconds: float


@dataclass(frozen=True)
class Exclusive:
    """Run this while nobody else runs one. Gives its result."""

    machine: Generator[Any, Any, Any]


@dataclass(frozen=True)
class AskSignIn:
    """Ask the program how to log in. Gives a `SignIn`."""


@dataclass(frozen=True)
class LoadCredentials:
    """Ask the program for the credentials it has kept. Gives `Credentials` or None."""


@dataclass(frozen=True)
class SaveCredentials:
    """Tell the program of the credentials that are used from now on."""

    credentials: Any


@dataclass(frozen=True)
class Open:
    """Begin a watch. Throws an `EWalletError` when it cannot be begun."""

    method: AnyMethod
    request: Message
    metadata: Metadata


@dataclass(frozen=True)
class Next:
    """The next message of the stream that was opened last. Gives None at its end; throws when it breaks, or is silent too long."""

    timeout: float | None


@dataclass(frozen=True)
class OpenPayments:
    """Begin a payment stream, on which everything without an answer is sent again."""

    method: AnyMethod
    metadata: Metadata


@dataclass(frozen=True)
class Answer:
    """Take an answer off the payment stream's window. Gives a `PaymentOutcome` or None."""

    response: Any


@dataclass(frozen=True)
class Emit:
    """Give this to the program."""

    value: Any


Effect = (
    Send
    | Wait
    | Exclusive
    | AskSignIn
    | LoadCredentials
    | SaveCredentials
    | Open
    | Next
    | OpenPayments
    | Answer
    | Emit
)
Machine = Generator[Effect, Any, Result]
