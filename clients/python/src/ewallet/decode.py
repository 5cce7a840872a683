"""Reads the details of a refusal: google.rpc messages in a trailer, or in a message of a stream."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import DecodeError, Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, ResourceInfo, RetryInfo
from google.rpc.status_pb2 import Status

from ewallet.errors import ErrorFacts, EWalletError, FieldViolation, Resource, make_error
from ewallet.times import seconds_of

_DOMAIN = "ewallet"
_DETAILS = "grpc-status-details-bin"
_REPLAYED = "ewallet-replayed"
_NAMES = {code.value[0]: code.name for code in grpc.StatusCode}

Trailers = Iterable[tuple[str, str | bytes]]
Detail = TypeVar("Detail", bound=Message)


def is_replayed(trailers: Trailers | None) -> bool:
    """Whether the trailers say that the outcome is that of an earlier request."""
    return any(key == _REPLAYED and value == "true" for key, value in trailers or ())


def error_of_call(code: str, message: str, trailers: Trailers | None, method: str) -> EWalletError:
    """The error of a call that ended with this status."""
    status = Status()
    for key, value in trailers or ():
        if key == _DETAILS and isinstance(value, bytes):
            try:
                status.ParseFromString(value)
            except DecodeError:
                # What something on the way has garbled says nothing: the code still does.
                status.Clear()
    return _make(code, message, status.details, method, "", is_replayed(trailers))


def error_of_answer(status: Status, method: str, request_id: str, replayed: bool) -> EWalletError:
    """The error of one message of a payment stream."""
    name = _NAMES.get(status.code, "UNKNOWN")
    return _make(name, status.message, status.details, method, request_id, replayed)


def _make(
    code: str,
    message: str,
    details: Iterable[AnyMessage],
    method: str,
    request_id: str,
    replayed: bool,
) -> EWalletError:
    found = list(details)
    info = _find(found, ErrorInfo)
    ours = info if info is not None and info.domain == _DOMAIN else None
    retry = _find(found, RetryInfo)
    resource = _find(found, ResourceInfo)
    bad = _find(found, BadRequest)
    return make_error(
        ErrorFacts(
            code=code,
            message=message or f"The call failed with {code}.",
            method=method,
            reason=ours.reason if ours is not None else None,
            metadata=dict(ours.metadata) if ours is not None else {},
            fields=[
                FieldViolation(item.field, item.reason, item.description)
                for item in (bad.field_violations if bad is not None else ())
            ],
            retry_after=seconds_of(retry.retry_delay) if retry is not None else None,
            resource=resource and Resource(resource.resource_type, resource.resource_name),
            request_id=request_id,
            replayed=replayed,
        )
    )


def _find(details: list[AnyMessage], kind: type[Detail]) -> Detail | None:
    for detail in details:
        message = kind()
        if detail.Unpack(message):
            return message
    return None
