"""Durations and timestamps, from and to Python's own."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp


def to_duration(value: Duration | timedelta | None) -> Duration | None:
    """A duration of the protos."""
    if not isinstance(value, timedelta):
        return value
    duration = Duration()
    duration.FromTimedelta(value)
    return duration


def to_timestamp(value: Timestamp | datetime | None) -> Timestamp | None:
    """A timestamp of the protos. Raises ValueError when a datetime has no time zone: it could mean anything."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError("A datetime needs a time zone, for example timezone.utc.")
    timestamp = Timestamp()
    timestamp.FromDatetime(value.astimezone(timezone.utc))
    return timestamp


def seconds_of(duration: Duration) -> float:
    """A duration of the protos in seconds."""
    return duration.seconds + duration.nanos / 1e9
