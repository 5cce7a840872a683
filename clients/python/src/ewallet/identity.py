"""Who calls: what goes into the metadata of a call, and what to do when that is refused."""

from __future__ import annotations

from typing import Any, Protocol

from ewallet.effects import AnyMethod, Machine, Metadata
from ewallet.errors import EWalletError


class Identity(Protocol):
    """Who calls."""

    def prove(self, method: AnyMethod, time_left: float) -> Machine[tuple[int, Metadata]]:
        """Gives the metadata of a call, and a number that changes whenever they do."""

    def recover(
        self, error: EWalletError, used: int, method: AnyMethod, time_left: float
    ) -> Machine[bool]:
        """Whether there is something new to prove after this error to a call with the metadata of number `used`."""

    def learn(self, method: AnyMethod, response: Any) -> Machine[None]:
        """Takes notice of a response that changes who calls."""


class FixedIdentity:
    """Keys that stay as they are: those of a backend or an operator."""

    def __init__(self, metadata: dict[str, str]) -> None:
        self._metadata: Metadata = tuple(metadata.items())

    def prove(self, method: AnyMethod, time_left: float) -> Machine[tuple[int, Metadata]]:
        """The keys."""
        return 0, self._metadata
        yield

    def recover(
        self, error: EWalletError, used: int, method: AnyMethod, time_left: float
    ) -> Machine[bool]:
        """Never: a key that is refused is refused again."""
        return False
        yield

    def learn(self, method: AnyMethod, response: Any) -> Machine[None]:
        """Nothing to learn."""
        return
        yield

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(key for key, _ in self._metadata)})"
