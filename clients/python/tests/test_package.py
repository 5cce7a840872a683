"""The wheel, and that nothing of the API is missing from it."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool

import ewallet
from codegen.texts import snake
from ewallet import _async_services, _methods, _services
from ewallet.method import Method

PROJECT = Path(__file__).resolve().parent.parent
FILES = [
    "ewallet/py.typed",
    "ewallet/v1/wallet_service_pb2.pyi",
    "ewallet/v1/wallet_service_pb2_grpc.py",
    "ewallet/v1/wallet_service_pb2_grpc.pyi",
    "ewallet/system/v1/system_service_pb2.pyi",
]


def rpcs() -> list[tuple[str, Any]]:
    """Every RPC of every service, as the generated descriptors have them."""
    pool = descriptor_pool.Default()
    services = [
        pool.FindServiceByName(f"{package}.{name}")
        for name in dir(_services)
        if name.endswith("Service")
        for package in ["ewallet.system.v1" if name == "SystemService" else "ewallet.v1"]
    ]
    return [(service.name, method) for service in services for method in service.methods]


def methods() -> dict[str, Method[Any, Any]]:
    """The table of methods by their paths."""
    table = vars(_methods).values()
    return {method.path: method for method in table if isinstance(method, Method)}


def test_the_tests_use_the_installed_wheel_and_it_has_the_licence_and_the_types() -> None:
    assert Path(ewallet.__file__).is_relative_to(sys.prefix)
    files = {str(path) for path in distribution("ewallet-client").files or ()}
    assert not [name for name in FILES if name not in files]
    licences = [name for name in files if name.endswith(("/LICENSE", "/NOTICE"))]
    assert len(licences) == 2
    assert not [name for name in files if name.startswith(("tests", "codegen", "buf", "google"))]


def test_the_version_is_that_of_the_service() -> None:
    root = json.loads((PROJECT.parent.parent / "package.json").read_text())
    assert version("ewallet-client") == ewallet.__version__ == root["version"]


def test_every_rpc_is_a_method_of_both_kinds_of_services() -> None:
    assert len(rpcs()) > 100
    for service, rpc in rpcs():
        for module, prefix in ((_services, ""), (_async_services, "Async")):
            found = getattr(getattr(module, prefix + service), snake(rpc.name), None)
            assert callable(found), f"{service}.{rpc.name}"
            assert found.__doc__
    assert len(methods()) == len(rpcs())


def test_only_what_may_be_repeated_is_retried() -> None:
    options = descriptor_pb2.MethodOptions
    for service, rpc in rpcs():
        method = methods()[f"/{rpc.containing_service.full_name}/{rpc.name}"]
        level = rpc.GetOptions().idempotency_level
        has_request_id = "request_id" in rpc.input_type.fields_by_name
        assert method.reads == (level == options.NO_SIDE_EFFECTS), f"{service}.{rpc.name}"
        assert method.retried == (level != options.IDEMPOTENCY_UNKNOWN or has_request_id)
    kept = methods()
    assert kept["/ewallet.v1.WalletService/PayCredits"].needs_request_id
    assert not kept["/ewallet.v1.WalletService/GetOperation"].needs_request_id
    assert not kept["/ewallet.v1.AccountService/CreateAccount"].retried
    assert kept["/ewallet.v1.SessionService/GetServerInfo"].open_to_anyone
    assert not kept["/ewallet.v1.WalletService/GetWallet"].open_to_anyone


def test_it_can_be_imported_beside_other_users_of_the_same_protos() -> None:
    # The rules of buf.validate are left out: their own package may be of any version.
    pool = descriptor_pool.Default()
    with pytest.raises(KeyError):
        pool.FindFileByName("buf/validate/validate.proto")
    assert import_module("google.rpc.status_pb2")


@pytest.mark.skipif("EWALLET_WHEEL" not in os.environ, reason="Run by run_tests.py only.")
def test_the_wheel_is_for_every_platform() -> None:
    assert os.environ["EWALLET_WHEEL"].endswith("-py3-none-any.whl")
