"""The test stand: real servers, asked for over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Server:
    """A server process of the stand."""

    id: str
    address: str
    operator_address: str
    operator_key: str
    registration_key: str
    acquire_key: str

    async def kill(self, signal: str = "SIGKILL") -> None:
        """Ends it. Returns when it has ended."""
        await _request("POST", f"/servers/{self.id}/kill", {"signal": signal})

    async def restart(self) -> None:
        """Starts it again on its addresses and database. Returns when it serves."""
        await _request("POST", f"/servers/{self.id}/restart")

    async def pause(self) -> None:
        """It stands still: its connections stay, and nothing comes."""
        await _request("POST", f"/servers/{self.id}/pause")

    async def resume(self) -> None:
        """It goes on."""
        await _request("POST", f"/servers/{self.id}/resume")

    async def verify(self) -> None:
        """Proves its ledger. Fails when there is any difference."""
        verdict = await _request("POST", f"/servers/{self.id}/verify")
        assert verdict["verified"] is True, verdict

    async def remove(self) -> None:
        """Ends it for good."""
        await _request("DELETE", f"/servers/{self.id}")


async def start_server(
    *, env: dict[str, str] | None = None, database: str = "", profile: str = "test"
) -> Server:
    """Starts a server on a fresh database, or on that of other servers with the same name of it."""
    wish: dict[str, object] = {"env": env or {}, "profile": profile}
    if database:
        wish["database"] = database
    made = await _request("POST", "/servers", wish)
    return Server(
        made["id"],
        made["address"],
        made["operatorAddress"],
        made["operatorKey"],
        made["registrationKey"] or "",
        made["acquireKey"] or "",
    )


async def _request(method: str, path: str, body: object = None) -> Any:
    return await asyncio.to_thread(_send, method, path, body)


def _send(method: str, path: str, body: object) -> Any:
    data = None if body is None else json.dumps(body).encode()
    url = os.environ["EWALLET_STAND_URL"] + path
    request = urllib.request.Request(url, data, {"content-type": "application/json"}, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310
            text = response.read()
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{method} {path}: {error.read().decode()}") from None
    return json.loads(text) if text else None
