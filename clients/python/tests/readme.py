"""The examples of the README."""

from __future__ import annotations

import re
from pathlib import Path

from tests.stand import Server

README = Path(__file__).resolve().parent.parent / "README.md"


def examples(server: Server) -> list[str]:
    """The Python examples, in their order, for this server of the development profile."""
    found = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    addresses = {"127.0.0.1:50051": server.address, "127.0.0.1:50052": server.operator_address}
    for said, real in addresses.items():
        found = [text.replace(said, real) for text in found]
    return found
