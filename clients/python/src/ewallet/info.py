"""What became known of a call besides its response."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class CallInfo:
    """Give an empty one as `info=` of a call: it is filled in when the call ends, also when it fails."""

    request_id: str = ""
    """The request id of the write. Empty where there is none."""
    replayed: bool = False
    """The outcome had been decided by an earlier request with the same id."""
    attempts: int = 0
    """How often the call was sent."""
