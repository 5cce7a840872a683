"""A unary call with retries. Written once for both clients."""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import replace
from typing import TypeVar

from google.protobuf.message import Message

from ewallet.effects import AnyMethod, Machine, Reply, Send, Wait
from ewallet.errors import EWalletError, make_error
from ewallet.identity import Identity
from ewallet.info import CallInfo
from ewallet.retry import RetryPolicy, is_passing, leaves_unknown, may_be_sent_again

RequestMessage = TypeVar("RequestMessage", bound=Message)
_log = logging.getLogger(__name__)
# A session may be renewed, and then the login: a third refusal is a refusal.
_RECOVERIES = 2


def compose(
    request: RequestMessage | None, arguments: RequestMessage, method: AnyMethod
) -> RequestMessage:
    """The message to send: what was given, arguments over message, with a request id where one is needed and none was given."""
    message = arguments
    if request is not None:
        # A copy: the program's own message is left as it is.
        message = type(arguments)()
        message.CopyFrom(request)
        message.MergeFrom(arguments)
    give_request_id(message, method)
    return message


def give_request_id(message: Message, method: AnyMethod) -> None:
    """Sets a new request id where one is needed and there is none: before the first attempt, so that all attempts share it."""
    if method.needs_request_id and not getattr(message, "request_id", ""):
        setattr(message, "request_id", str(uuid.uuid4()))  # noqa: B010 - not every message has it


def call(
    identity: Identity,
    policy: RetryPolicy,
    method: AnyMethod,
    request: Message,
    timeout: float,
    info: CallInfo | None = None,
) -> Machine[Message]:
    """Calls until there is an answer, or `timeout` seconds are over. Gives the response; throws EWalletError."""
    info = info if info is not None else CallInfo()
    info.request_id = getattr(request, "request_id", "") if method.needs_request_id else ""
    info.attempts = 0
    end = time.monotonic() + timeout
    recoveries = 0
    unknown = False
    while True:
        try:
            used, metadata = yield from identity.prove(method, _left(end))
        except EWalletError as error:
            # Tried again already, while there was time.
            raise _final(error, info, unknown) from error.__cause__
        info.attempts += 1
        try:
            reply: Reply = yield Send(method, request, metadata, _attempt(policy, method, end))
        except EWalletError as error:
            info.replayed = error.replayed
            unknown = (leaves_unknown(error) and not method.reads) or (
                unknown and is_passing(error)
            )
            if recoveries < _RECOVERIES:
                try:
                    recovered = yield from identity.recover(error, used, method, _left(end))
                except EWalletError as lost:
                    raise _final(lost, info, unknown) from lost.__cause__
                if recovered:
                    recoveries += 1
                    continue
            wait = policy.wait_before(info.attempts + 1, error)
            if not may_be_sent_again(method, error, info.attempts) or wait >= _left(end):
                raise _final(error, info, unknown) from error.__cause__
            _log.debug("%s: %r, again in %.2f s", method.path, error, wait)
            yield Wait(wait)
        else:
            info.replayed = reply.replayed
            yield from identity.learn(method, reply.response)
            response: Message = reply.response
            return response


def _left(end: float) -> float:
    return max(end - time.monotonic(), 0.001)


def _attempt(policy: RetryPolicy, method: AnyMethod, end: float) -> float:
    left = _left(end)
    # What may not be repeated, or takes long, has one attempt, with all the time there is.
    return min(policy.attempt_timeout, left) if method.retried and not method.slow else left


def _final(error: EWalletError, info: CallInfo, unknown: bool) -> EWalletError:
    facts = replace(
        error.facts, attempts=info.attempts, request_id=info.request_id, outcome_unknown=unknown
    )
    return make_error(facts) if unknown else type(error)(facts)
