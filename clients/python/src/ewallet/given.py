"""Arguments that were given."""

from __future__ import annotations

from typing import Any


def given(**arguments: Any) -> dict[str, Any]:
    """The arguments without those that are None."""
    return {name: value for name, value in arguments.items() if value is not None}
