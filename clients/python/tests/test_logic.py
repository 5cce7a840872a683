"""The logic that needs no server."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta, timezone

import pytest

from ewallet import (
    Countdown,
    EWalletError,
    LoginLostError,
    RetryPolicy,
    Tls,
    UnavailableError,
    WorkerTable,
    v1,
)
from ewallet.connection import make_target
from ewallet.errors import ErrorFacts, make_error
from ewallet.payments import PaymentWindow
from ewallet.retry import is_passing, leaves_unknown
from ewallet.system import v1 as system_v1
from ewallet.times import to_timestamp


def error(code: str, reason: str | None = None, retry_after: float | None = None) -> EWalletError:
    return make_error(ErrorFacts(code, "text", reason=reason, retry_after=retry_after))


def test_waits_grow_up_to_a_limit_and_are_never_shorter_than_the_advice() -> None:
    policy = RetryPolicy(first_wait=1, longest_wait=4)
    for attempt, longest in ((2, 1), (3, 2), (4, 4), (5, 4), (10_000, 4)):
        waits = [policy.wait_before(attempt, error("UNAVAILABLE")) for _ in range(200)]
        assert 0 <= min(waits) < max(waits) <= longest
        advised = [policy.wait_before(attempt, error("UNAVAILABLE", None, 7)) for _ in range(50)]
        assert 7 <= min(advised) <= max(advised) <= 7 + longest


@pytest.mark.parametrize(
    ("code", "reason", "retry_after", "passing", "unknown"),
    [
        ("UNAVAILABLE", None, None, True, True),
        ("UNAVAILABLE", "OVERLOADED", 0.2, True, False),
        ("UNAVAILABLE", "TRANSACTION_CONTENTION", 0.1, True, False),
        ("UNAVAILABLE", "STORAGE_UNAVAILABLE", 1, True, True),
        ("DEADLINE_EXCEEDED", None, None, True, True),
        ("INTERNAL", "INTERNAL", None, True, True),
        ("RESOURCE_EXHAUSTED", "RATE_LIMITED", 3, True, False),
        ("RESOURCE_EXHAUSTED", "WALLET_LIMIT_REACHED", None, False, False),
        ("FAILED_PRECONDITION", "INSUFFICIENT_CREDITS", None, False, False),
    ],
)
def test_what_passes_and_what_leaves_a_write_open(
    code: str, reason: str | None, retry_after: float | None, passing: bool, unknown: bool
) -> None:
    failed = error(code, reason, retry_after)
    assert is_passing(failed) == passing
    assert leaves_unknown(failed) == unknown


def test_errors_survive_the_way_to_another_process() -> None:
    lost = LoginLostError(ErrorFacts("UNAUTHENTICATED", "gone", reason="NOT_LOGGED_IN"))
    again = pickle.loads(pickle.dumps(lost))  # noqa: S301 - our own
    assert type(again) is LoginLostError
    assert (again.reason, str(again)) == ("NOT_LOGGED_IN", "gone [NOT_LOGGED_IN]")
    assert isinstance(error("DEADLINE_EXCEEDED"), UnavailableError)


def test_addresses_decide_about_tls_and_wrong_ones_are_named() -> None:
    for mine in ("127.0.0.1:1", "localhost:1", "[::1]:1"):
        assert make_target(mine, None, {}, own_connection=False).credentials is None
    assert make_target("10.0.0.1:1", None, {}, own_connection=False).credentials is not None
    assert make_target("10.0.0.1:1", False, {}, own_connection=False).credentials is None
    assert make_target("127.0.0.1:1", Tls(), {}, own_connection=False).credentials is not None
    several = make_target(["10.0.0.1:1", "10.0.0.2:2"], None, {}, own_connection=False)
    assert several.name == "ipv4:10.0.0.1:1,10.0.0.2:2"
    for wrong in ("", "host", "host:port", [], ["a:1", "b:2"], ["10.0.0.1:1", "[::1]:1"]):
        with pytest.raises(ValueError, match=r"address|ip:port"):
            make_target(wrong, None, {}, own_connection=False)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_timestamp(datetime(2026, 1, 1))
    stamp = to_timestamp(datetime(2026, 1, 1, tzinfo=timezone.utc))
    assert stamp is not None
    assert stamp.seconds == 1_767_225_600


def test_after_a_break_what_has_no_answer_is_sent_again_in_order_with_its_ids() -> None:
    window = PaymentWindow(3, 30, RetryPolicy())
    for credits in (1, 2, 3):
        window.add(v1.StreamPaymentsRequest(pay=v1.PaymentOrder(credits=credits)))
    assert not window.room
    window.begin_stream()
    sent = [window.next_to_send() for _ in range(3)]
    assert window.next_to_send() is None
    assert sent[1] is not None
    answer = v1.StreamPaymentsResponse(request_id=sent[1].request_id)
    answer.applied.operation.credits = 2
    outcome = window.answer(answer)
    assert outcome is not None
    assert outcome.operation is not None
    assert window.answer(answer) is None
    window.begin_stream()
    assert [window.next_to_send(), window.next_to_send()] == [sent[0], sent[2]]
    assert window.room


def test_a_refusal_that_passes_is_sent_again_after_its_time_and_not_for_ever() -> None:
    now = 100.0
    window = PaymentWindow(1, 5, RetryPolicy(0, 0), lambda: now)
    window.add(v1.StreamPaymentsRequest(pay=v1.PaymentOrder(credits=1)))
    window.begin_stream()
    request = window.next_to_send()
    assert request is not None
    answer = v1.StreamPaymentsResponse(request_id=request.request_id)
    answer.error.code = 14
    assert window.answer(answer) is None
    assert window.seconds_to_next() == 0
    assert window.next_to_send() == request
    now += 6
    outcome = window.answer(answer)
    assert outcome is not None
    assert isinstance(outcome.error, UnavailableError)


def test_the_wallet_of_the_first_message_is_that_of_all() -> None:
    window = PaymentWindow(3, 30, RetryPolicy())
    window.add(v1.StreamPaymentsRequest(wallet_id="wal_1", pay=v1.PaymentOrder(credits=1)))
    window.add(v1.StreamPaymentsRequest(pay=v1.PaymentOrder(credits=1)))
    window.add(v1.StreamPaymentsRequest(account_id="usr_1", pay=v1.PaymentOrder(credits=1)))
    wallets = [request.wallet_id for request in window.unanswered()]
    assert wallets == ["wal_1", "wal_1", ""]


def test_a_countdown_goes_down_from_what_was_left_when_the_event_was_sent() -> None:
    event = v1.WatchClockResponse()
    event.clock.remaining.FromTimedelta(timedelta(seconds=60))
    event.clock.observe_time.seconds = 1_000
    event.event_time.seconds = 1_010
    assert Countdown(event).remaining() == timedelta(seconds=60)
    event.clock.timer_state = v1.TimerState.TIMER_STATE_ACTIVE
    assert timedelta(seconds=49) < Countdown(event).remaining() <= timedelta(seconds=50)
    event.event_time.seconds = 2_000
    assert Countdown(event).remaining() == timedelta()


def test_a_table_of_workers_is_what_the_watch_has_told() -> None:
    table = WorkerTable()

    def take(**event: object) -> set[str]:
        table.take(system_v1.WatchWorkersResponse(**event))  # type: ignore[arg-type]
        return set(table.workers)

    def snapshot(*names: str) -> system_v1.WorkerSnapshot:
        return system_v1.WorkerSnapshot(workers=[system_v1.Worker(worker_id=id) for id in names])

    complete = system_v1.WorkerSnapshotComplete()
    assert take(snapshot=snapshot("a", "b")) == {"a", "b"}
    assert take(snapshot_complete=complete) == {"a", "b"}
    upserted = system_v1.WorkerChange(upserted=system_v1.Worker(worker_id="c"))
    assert take(change=upserted) == {"a", "b", "c"}
    assert take(change=system_v1.WorkerChange(removed_worker_id="a")) == {"b", "c"}
    assert take(snapshot=snapshot("c", "d")) == {"b", "c", "d"}
    assert take(snapshot_complete=complete) == {"c", "d"}
    assert take(reset=system_v1.WatchReset()) == set()
