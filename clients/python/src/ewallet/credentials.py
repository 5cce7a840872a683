"""What proves who calls. All of these are secrets: they are left out when they are printed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Credentials:
    """The tokens of a client program. Keep them to go on with the same session and logins in another process."""

    client_id: str = field(repr=False)
    session_token: str = field(default="", repr=False)

    def to_dict(self) -> dict[str, str]:
        """For a file that only you can read."""
        return {"client_id": self.client_id, "session_token": self.session_token}

    @classmethod
    def from_dict(cls, saved: dict[str, str]) -> Credentials:
        """What `to_dict` gave. Raises KeyError when there is no client_id."""
        return cls(saved["client_id"], saved.get("session_token", ""))


@dataclass(frozen=True)
class SignIn:
    """How to log in again: what a client does when its session was lost. Empty parts are left out."""

    master_email: str = ""
    acquire_key: str = field(default="", repr=False)
    """Acquires the master, as a program of its users does."""
    email: str = ""
    password: str = field(default="", repr=False)
    """Logs the user in."""
    one_time_code: str = field(default="", repr=False)
    master_password: str = field(default="", repr=False)
    """Logs the master in."""
