"""Lets a client that blocks be used like one for asyncio, so that each test is written once and run with both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ewallet.service import Pager, ServiceBase
from ewallet.services import UserServices
from ewallet.streams import Stream

_threads = ThreadPoolExecutor(max_workers=64)
_END = object()
# What only makes an object does not block, and is not awaited with asyncio.
_MAKERS = ("list_", "watch_", "stream_", "on_behalf_of", "credentials")
_AWAITED_LISTS = {"list_cleaners"}


async def in_thread(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Calls a function that blocks in a thread of its own."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, lambda: function(*arguments, **named))


class Threaded:
    """A client or service: what it returns is awaited, or gone through with `async for`."""

    def __init__(self, wrapped: Any) -> None:
        self._wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._wrapped, name)
        if isinstance(value, ServiceBase):
            return Threaded(value)

        def call(*arguments: Any, **named: Any) -> Any:
            if name.startswith(_MAKERS) and name not in _AWAITED_LISTS:
                return _wrap(value(*arguments, **named))
            return in_thread(value, *arguments, **named)

        return call

    async def __aenter__(self) -> Threaded:
        return self

    async def __aexit__(self, *_: object) -> None:
        await in_thread(self._wrapped.close)

    def __repr__(self) -> str:
        return repr(self._wrapped)


class _ThreadedIterable:
    def __init__(self, iterable: Any) -> None:
        self._iterable = iterable
        self._iterator: Iterator[Any] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._iterable, name)

    def __aiter__(self) -> _ThreadedIterable:
        # A list can be gone through again and again, a stream once.
        return _ThreadedIterable(self._iterable) if isinstance(self._iterable, Pager) else self

    async def __anext__(self) -> Any:
        if self._iterator is None:
            self._iterator = iter(self._iterable)
        item = await in_thread(next, self._iterator, _END)
        if item is _END:
            raise StopAsyncIteration
        return item

    async def pages(self) -> AsyncIterator[Any]:
        pages = self._iterable.pages()
        while (page := await in_thread(next, pages, _END)) is not _END:
            yield page

    async def close(self) -> None:
        await in_thread(self._iterable.close)

    async def __aenter__(self) -> _ThreadedIterable:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _wrap(value: Any) -> Any:
    if isinstance(value, UserServices):
        return Threaded(value)
    return _ThreadedIterable(value) if isinstance(value, Pager | Stream) else value
