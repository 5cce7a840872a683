"""Messages on the wire are those of all clients: clients/wire/golden.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.message import Message
from google.rpc import error_details_pb2

import ewallet.system.v1
import ewallet.v1

GOLDEN = Path(__file__).resolve().parents[2] / "wire/golden.json"
SAMPLES: list[dict[str, Any]] = json.loads(GOLDEN.read_text("utf-8"))

# What registers the messages.
MODULES = (error_details_pb2, ewallet.v1, ewallet.system.v1)


def test_there_are_samples() -> None:
    assert len(SAMPLES) > 0


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample['type']} {sample['name']}")
def test_written_and_read_as_by_the_other_clients(sample: dict[str, Any]) -> None:
    message = json_format.ParseDict(sample["json"], new_message(sample["type"]))
    assert message.SerializeToString(deterministic=True).hex() == sample["hex"]

    read = new_message(sample["type"])
    read.ParseFromString(bytes.fromhex(sample["hex"]))
    assert json_format.MessageToDict(read) == sample["json"]


def new_message(name: str) -> Message:
    """An empty message of this type."""
    kind = descriptor_pool.Default().FindMessageTypeByName(name)
    return message_factory.GetMessageClass(kind)()
