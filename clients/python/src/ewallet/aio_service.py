"""What the generated services for asyncio are made of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Generic, TypeVar

from google.protobuf.message import Message

from ewallet import v1
from ewallet.aio_caller import AsyncCaller
from ewallet.aio_streams import AsyncClockWatch as AsyncClockWatch
from ewallet.aio_streams import AsyncPaymentStream as AsyncPaymentStream
from ewallet.aio_streams import AsyncWorkerWatch as AsyncWorkerWatch
from ewallet.aio_streams import Payments
from ewallet.call import compose
from ewallet.info import CallInfo
from ewallet.method import Method, Request, Response
from ewallet.paging import copy_of, next_page
from ewallet.system import v1 as system_v1

Item = TypeVar("Item")
Page = TypeVar("Page", bound=Message)


class AsyncPager(Generic[Item, Page]):
    """All items of a list, read page by page as they are asked for."""

    def __init__(
        self,
        caller: AsyncCaller,
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

    async def __aiter__(self) -> AsyncIterator[Item]:
        """The items of all pages."""
        async for page in self.pages():
            for item in getattr(page, self._field):
                yield item

    async def pages(self) -> AsyncIterator[Page]:
        """The pages as the server gives them. `timeout` is that of each, `info` that of the last."""
        request = copy_of(self._request)
        while True:
            page = await self._caller.call(self._method, None, request, self._timeout, self._info)
            yield page
            if not next_page(request, page):
                return


class AsyncServiceBase:
    """A service, called as one identity."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def _call(
        self,
        method: Method[Request, Response],
        request: Request | None,
        arguments: Request,
        timeout: float | None,
        info: CallInfo | None,
    ) -> Response:
        return await self._caller.call(method, request, arguments, timeout, info)

    def _list(
        self,
        method: Method[Request, Response],
        request: Request | None,
        arguments: Request,
        field: str,
        timeout: float | None,
        info: CallInfo | None,
    ) -> AsyncPager[Item, Response]:
        message = compose(request, arguments, method)
        return AsyncPager(self._caller, method, message, field, timeout, info)  # type: ignore[arg-type]

    def _watch_clock(
        self,
        method: Method[v1.WatchClockRequest, v1.WatchClockResponse],
        request: v1.WatchClockRequest | None,
        arguments: v1.WatchClockRequest,
    ) -> AsyncClockWatch:
        return AsyncClockWatch(self._caller, compose(request, arguments, method))

    def _watch_workers(
        self,
        method: Method[system_v1.WatchWorkersRequest, system_v1.WatchWorkersResponse],
        request: system_v1.WatchWorkersRequest | None,
        arguments: system_v1.WatchWorkersRequest,
    ) -> AsyncWorkerWatch:
        return AsyncWorkerWatch(self._caller, compose(request, arguments, method))

    def _stream_payments(
        self,
        method: Method[v1.StreamPaymentsRequest, v1.StreamPaymentsResponse],
        requests: Payments,
        window: int,
    ) -> AsyncPaymentStream:
        return AsyncPaymentStream(self._caller, method, requests, window)
