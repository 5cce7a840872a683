"""What a program makes of the events of watches."""

from __future__ import annotations

import time
from datetime import timedelta

from ewallet import v1
from ewallet.system import v1 as system_v1


class Countdown:
    """The time left on a clock, at any moment, without asking the server.

    Args:
        event: The latest event of a watch. Make another countdown of the next one.
    """

    def __init__(self, event: v1.WatchClockResponse) -> None:
        self._read_at = time.monotonic()
        self._running = event.clock.timer_state == v1.TimerState.TIMER_STATE_ACTIVE
        self._remaining = event.clock.remaining.ToTimedelta()
        if self._running:
            # Both by the server's own time.
            seen, sent = event.clock.observe_time, event.event_time
            self._remaining -= sent.ToDatetime() - seen.ToDatetime()

    def remaining(self) -> timedelta:
        """What is left now: never below zero."""
        passed = (
            timedelta(seconds=time.monotonic() - self._read_at) if self._running else timedelta()
        )
        return max(self._remaining - passed, timedelta())


class WorkerTable:
    """The session workers as a watch of them tells. Give it every event."""

    def __init__(self) -> None:
        self.workers: dict[str, system_v1.Worker] = {}
        """By their ids."""
        self._told: set[str] = set()

    def take(self, event: system_v1.WatchWorkersResponse) -> None:
        """Brings the table up to date."""
        match event.WhichOneof("event"):
            case "snapshot":
                for worker in event.snapshot.workers:
                    self.workers[worker.worker_id] = worker
                    self._told.add(worker.worker_id)
            case "snapshot_complete":
                gone = self.workers.keys() - self._told
                for worker_id in gone:
                    del self.workers[worker_id]
                self._told.clear()
            case "change" if event.change.HasField("upserted"):
                self.workers[event.change.upserted.worker_id] = event.change.upserted
            case "change":
                self.workers.pop(event.change.removed_worker_id, None)
            case "reset":
                self.workers.clear()
                self._told.clear()
