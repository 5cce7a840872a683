"""What the generated services that block are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from google.protobuf.message import Message

from ewallet import v1
from ewallet.call import compose
from ewallet.caller import Caller
from ewallet.info import CallInfo
from ewallet.method import Method, Request, Response
from ewallet.paging import copy_of, next_page
from ewallet.streams import ClockWatch as ClockWatch
from ewallet.streams import PaymentStream as PaymentStream
from ewallet.streams import WorkerWatch as WorkerWatch
from ewallet.system import v1 as system_v1

Item = TypeVar("Item")
Page = TypeVar("Page", bound=Message)


class Pager(Generic[Item, Page]):
    """All items of a list, read page by page as they are asked for."""

    def __init__(
        self,
        caller: Caller,
        method: Method[Message, Page],
        request: Message,
        field: str,
        timeout: float | None,
        info: CallInfo | None,
    ) -> None:
        self._caller = caller
        self._method = method
        self._request = request
        self._field = field
        self._timeout = timeout
        self._info = info

    def __iter__(self) -> Iterator[Item]:
        """The items of all pages."""
        for page in self.pages():
            yield from getattr(page, self._field)

    def pages(self) -> Iterator[Page]:
        """The pages as the server gives them. `timeout` is that of each, `info` that of the last."""
        request = copy_of(self._request)
        while True:
            page = self._caller.call(self._method, None, request, self._timeout, self._info)
            yield page
            if not next_page(request, page):
                return


class ServiceBase:
    """A service, called as one identity."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def _call(
        self,
        method: Method[Request, Response],
        request: Request | None,
        arguments: Request,
        timeout: float | None,
        info: CallInfo | None,
    ) -> Response:
        return self._caller.call(method, request, arguments, timeout, info)

    def _list(
        self,
        method: Method[Request, Response],
        request: Request | None,
        arguments: Request,
        field: str,
        timeout: float | None,
        info: CallInfo | None,
    ) -> Pager[Item, Response]:
        message = compose(request, arguments, method)
        return Pager(self._caller, method, message, field, timeout, info)  # type: ignore[arg-type]

    def _watch_clock(
        self,
        method: Method[v1.WatchClockRequest, v1.WatchClockResponse],
        request: v1.WatchClockRequest | None,
        arguments: v1.WatchClockRequest,
    ) -> ClockWatch:
        return ClockWatch(self._caller, compose(request, arguments, method))

    def _watch_workers(
        self,
        method: Method[system_v1.WatchWorkersRequest, system_v1.WatchWorkersResponse],
        request: system_v1.WatchWorkersRequest | None,
        arguments: system_v1.WatchWorkersRequest,
    ) -> WorkerWatch:
        return WorkerWatch(self._caller, compose(request, arguments, method))

    def _stream_payments(
        self,
        method: Method[v1.StreamPaymentsRequest, v1.StreamPaymentsResponse],
        requests: Iterable[v1.StreamPaymentsRequest],
        window: int,
    ) -> PaymentStream:
        return PaymentStream(self._caller, method, requests, window)
