"""What the client has to know of a method to call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from google.protobuf.message import Message

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)


@dataclass(frozen=True)
class Method(Generic[Request, Response]):
    """An RPC. Generated from the protos, one for each."""

    path: str
    """`/package.Service/Method`"""
    request_type: type[Request]
    response_type: type[Response]
    reads: bool
    """It changes nothing."""
    retried: bool
    """Sending it again does no harm: it only reads, is idempotent, or carries a request id."""
    needs_request_id: bool
    """It is a write that is known by its `request_id`."""
    open_to_anyone: bool
    """It needs no credentials."""
    slow: bool
    """It works through everything there is: one attempt may take all the time of the call."""
