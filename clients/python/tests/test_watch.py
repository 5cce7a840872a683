"""Watches go on: after a restart, on another instance, when nothing comes any more."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ewallet import NotFoundError, v1
from ewallet.aio_streams import AsyncWorkerWatch
from ewallet.system import v1 as system_v1
from tests.kit import Kit
from tests.stand import Server

LIMIT = 90


async def until_position(watch: AsyncWorkerWatch) -> list[system_v1.WatchWorkersResponse]:
    """Reads a watch of workers up to the end of its snapshot."""
    events: list[system_v1.WatchWorkersResponse] = []
    async for event in watch:
        events.append(event)
        if event.WhichOneof("event") == "snapshot_complete":
            return events
    raise AssertionError("The watch ended.")


async def until_worker(watch: AsyncWorkerWatch, worker_id: str) -> list[str]:
    """Reads up to the news of a worker. Gives the kinds of events before it."""
    kinds: list[str] = []
    async for event in watch:
        if event.change.upserted.worker_id == worker_id:
            return kinds
        kinds.append(str(event.WhichOneof("event")))
    raise AssertionError("The watch ended.")


async def test_a_watch_of_workers_is_resumed_by_position_on_another_instance(
    kit: Kit, pair: tuple[Server, Server]
) -> None:
    first, second = pair
    here, there = await kit.operator(first), await kit.operator(second)
    async with here.system.watch_workers() as watch:
        await until_position(watch)
        position = watch.position
    assert position
    made = (await here.system.create_worker()).worker.worker_id
    async with there.system.watch_workers(resume_position=position) as watch:
        kinds = await asyncio.wait_for(until_worker(watch, made), LIMIT)
    assert "snapshot" not in kinds
    assert "reset" not in kinds


async def test_a_watch_of_workers_goes_on_at_another_instance_when_its_own_dies(
    kit: Kit, pair: tuple[Server, Server]
) -> None:
    first, second = pair
    both, there = await kit.operator(first, second), await kit.operator(second)
    async with both.system.watch_workers() as watch:
        await until_position(watch)
        await first.kill()
        made = (await there.system.create_worker()).worker.worker_id
        kinds = await asyncio.wait_for(until_worker(watch, made), LIMIT)
        assert "snapshot" not in kinds
        assert "reset" not in kinds


async def test_a_watch_that_hears_nothing_goes_elsewhere(
    kit: Kit, pair: tuple[Server, Server]
) -> None:
    first, second = pair
    both, there = await kit.operator(first, second), await kit.operator(second)
    async with both.system.watch_workers(heartbeat_interval=timedelta(seconds=5)) as watch:
        await until_position(watch)
        await first.pause()
        made = (await there.system.create_worker()).worker.worker_id
        await asyncio.wait_for(until_worker(watch, made), LIMIT)


async def test_a_clock_is_watched_through_a_restart_and_told_of_each_change(
    kit: Kit, server: Server
) -> None:
    shop = await kit.shop(server)
    alice = await kit.user(server, shop, "alice", credits=5)
    await alice.client.clocks.convert_credits_to_clock(credits=5)
    async with alice.client.clocks.watch_clock() as watch:
        revisions = []

        async def until(state: v1.TimerState.ValueType) -> None:
            async for event in watch:
                revisions.append(event.clock.revision)
                if event.clock.timer_state == state:
                    return

        await until(v1.TimerState.TIMER_STATE_INACTIVE)
        await alice.client.clocks.start_timer()
        await asyncio.wait_for(until(v1.TimerState.TIMER_STATE_ACTIVE), LIMIT)
        await server.kill()
        await server.restart()
        await alice.client.clocks.pause_timer()
        await asyncio.wait_for(until(v1.TimerState.TIMER_STATE_PAUSED), LIMIT)
        assert revisions == sorted(revisions)


async def test_a_watch_of_what_is_not_there_ends_with_the_reason(
    kit: Kit, shared_server: Server
) -> None:
    shop = await kit.shop(shared_server)
    alice = await kit.user(shared_server, shop, "alice")
    with pytest.raises(NotFoundError) as missing:
        await anext(alice.client.clocks.watch_clock(clock_id="clk_9999999"))
    assert missing.value.reason == "CLOCK_NOT_FOUND"


async def test_closing_a_watch_ends_it_for_who_waits(kit: Kit, shared_server: Server) -> None:
    operator = await kit.operator(shared_server)
    watch = operator.system.watch_workers()
    await until_position(watch)

    async def read_on() -> int:
        return len([event async for event in watch])

    reading = asyncio.ensure_future(read_on())
    await operator.system.list_cleaners()
    await watch.close()
    await asyncio.wait_for(reading, 10)
