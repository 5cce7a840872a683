"""From page to page."""

from __future__ import annotations

from typing import Any, TypeVar

from google.protobuf.message import Message

RequestMessage = TypeVar("RequestMessage", bound=Message)


def copy_of(request: RequestMessage) -> RequestMessage:
    """A copy, so that a list can be read more than once."""
    copy = type(request)()
    copy.CopyFrom(request)
    return copy


def next_page(request: Any, page: Any) -> bool:
    """Makes the request the one for the page after this one. Gives False when there is none."""
    request.page_token = page.next_page_token
    return bool(page.next_page_token)
