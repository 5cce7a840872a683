"""Writes the table of methods, and a class for each service with a method for each RPC."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from google.protobuf import descriptor_pb2

from codegen.descriptors import Api
from codegen.fields import arguments, page_item
from codegen.texts import HEADER, docstring, snake

_RETRIED = {
    descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS,
    descriptor_pb2.MethodOptions.IDEMPOTENT,
}
_SLOW = re.compile(r"VerifyLedger|Cleanup")
# Fields of requests are named arguments beside these.
_OWN_ARGUMENTS = {"self", "request", "requests", "timeout", "info", "window"}


def write_packages(api: Api, package: Path) -> None:
    """An `__init__.py` for each proto package, from which all of its messages and enums can be imported."""
    by_package: dict[str, list[str]] = {}
    for file in api.own_files():
        names = [item.name for item in file.message_type] + [item.name for item in file.enum_type]
        module = file.name.removesuffix(".proto").replace("/", ".") + "_pb2"
        for name in sorted(names):
            line = f"from {module} import {name} as {name}"
            by_package.setdefault(file.package, []).append(line)
    for name, lines in by_package.items():
        folder = package.joinpath(*name.split(".")[1:])
        text = f'"""Messages and enums of `{name}`, generated from the protos."""\n\n'
        folder.joinpath("__init__.py").write_text(text + "\n".join(lines) + "\n")
    (package / "system" / "__init__.py").write_text('"""The operator\'s API."""\n')


def write_methods(api: Api, path: Path) -> None:
    """The table of all methods: what is called, with what, and whether it may be called again."""
    lines = [HEADER, "from ewallet import v1", "from ewallet.method import Method"]
    lines += ["from ewallet.system import v1 as system_v1", ""]
    for file, _, service, _, method in _methods(api):
        full_name = f"{file.package}.{service.name}/{method.name}"
        request = api.message(method.input_type)
        has_request_id = any(item.name == "request_id" for item in request.field)
        retried = method.options.idempotency_level in _RETRIED or has_request_id
        reads = method.options.idempotency_level == descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS
        lines += [
            f"{_constant(service.name, method.name)} = Method(",
            f'    "/{full_name}",',
            f"    {_type(method.input_type)},",
            f"    {_type(method.output_type)},",
            f"    reads={reads},",
            f"    retried={retried},",
            f"    needs_request_id={has_request_id and not reads},",
            f"    open_to_anyone={full_name in api.open_methods},",
            f"    slow={bool(_SLOW.match(method.name))},",
            ")",
        ]
    path.write_text("\n".join(lines) + "\n")


def write_services(api: Api, path: Path, *, asynchronous: bool) -> None:
    """The classes whose methods are the RPCs."""
    base = "ewallet.aio_service" if asynchronous else "ewallet.service"
    names = ["ClockWatch", "Pager", "PaymentStream", "ServiceBase", "WorkerWatch"]
    prefix = "Async" if asynchronous else ""
    imports = ", ".join(f"{prefix}{name} as {name}" if prefix else name for name in names)
    iterables = "AsyncIterable, Iterable" if asynchronous else "Iterable"
    lines = [
        HEADER,
        f"from collections.abc import {iterables}",
        "from datetime import datetime, timedelta",
        "",
        "from google.protobuf.duration_pb2 import Duration",
        "from google.protobuf.field_mask_pb2 import FieldMask",
        "from google.protobuf.timestamp_pb2 import Timestamp",
        "from google.type.money_pb2 import Money",
        "",
        "from ewallet import _methods, v1",
        "from ewallet.given import given",
        "from ewallet.info import CallInfo",
        "from ewallet.system import v1 as system_v1",
        f"from {base} import {imports}",
        "from ewallet.times import to_duration, to_timestamp",
    ]
    last = ""
    for file, service_index, service, method_index, method in _methods(api):
        if service.name != last:
            last = service.name
            comment = api.comment(file.name, 6, service_index)
            lines += ["", "", f"class {prefix}{service.name}(ServiceBase):"]
            lines += docstring(comment, indent=4)
        comment = api.comment(file.name, 6, service_index, 2, method_index)
        lines += ["", *_write_method(api, service.name, method, comment, asynchronous)]
    path.write_text("\n".join(lines) + "\n")


def _write_method(
    api: Api,
    service: str,
    method: descriptor_pb2.MethodDescriptorProto,
    comment: str,
    asynchronous: bool,
) -> Iterator[str]:
    constant = f"_methods.{_constant(service, method.name)}"
    if method.client_streaming:
        yield from _write_payment_stream(constant, method, comment, asynchronous)
        return
    request = _type(method.input_type)
    fields = arguments(api, method.input_type)
    clash = _OWN_ARGUMENTS & {item.name for item in fields}
    if clash:
        raise ValueError(
            f"{method.input_type} has a field that an argument is named after: {clash}"
        )
    yield_type, call, waits = _returns(api, method)
    is_async = asynchronous and waits
    yield f"    {'async ' if is_async else ''}def {snake(method.name)}("
    yield "        self,"
    yield f"        request: {request} | None = None,"
    yield "        *,"
    for item in fields:
        yield f"        {item.name}: {item.annotation} | None = None,"
    if not method.server_streaming:
        yield "        timeout: float | None = None,"
        yield "        info: CallInfo | None = None,"
    yield f"    ) -> {yield_type}:"
    yield from docstring(comment, 8, {item.name: item.comment for item in fields})
    yield f"        message = {request}("
    if fields:
        yield "            **given("
        for item in fields:
            yield f"                {item.name}={item.expression},"
        yield "            )"
    yield "        )"
    options = "" if method.server_streaming else ", timeout, info"
    listed = page_item(api, method.output_type)
    paged = f', "{listed.name}"' if listed else ""
    awaits = "await " if is_async else ""
    yield f"        return {awaits}self.{call}({constant}, request, message{paged}{options})"


def _returns(api: Api, method: descriptor_pb2.MethodDescriptorProto) -> tuple[str, str, bool]:
    """The annotation of what is returned, the base's method that returns it, and whether it is awaited."""
    response = _type(method.output_type)
    if method.server_streaming:
        watched = "ClockWatch" if method.name == "WatchClock" else "WorkerWatch"
        return watched, f"_{snake(method.name)}", False
    item = page_item(api, method.output_type)
    if item:
        return f"Pager[{_type(item.type_name)}, {response}]", "_list", False
    return response, "_call", True


def _write_payment_stream(
    constant: str,
    method: descriptor_pb2.MethodDescriptorProto,
    comment: str,
    asynchronous: bool,
) -> Iterator[str]:
    message = _type(method.input_type)
    iterable = f"Iterable[{message}]"
    if asynchronous:
        iterable = f"AsyncIterable[{message}] | {iterable}"
    yield f"    def {snake(method.name)}("
    yield f"        self, requests: {iterable}, *, window: int = 256"
    yield "    ) -> PaymentStream:"
    extra = {
        "requests": "The messages. One without a request id is given one. Read on only as answers are read.",
        "window": "Messages that may be without an answer at a time.",
    }
    yield from docstring(comment, 8, extra)
    yield f"        return self._stream_payments({constant}, requests, window)"


def _methods(
    api: Api,
) -> Iterator[
    tuple[
        descriptor_pb2.FileDescriptorProto,
        int,
        descriptor_pb2.ServiceDescriptorProto,
        int,
        descriptor_pb2.MethodDescriptorProto,
    ]
]:
    for file in api.own_files():
        for service_index, service in enumerate(file.service):
            for method_index, method in enumerate(service.method):
                yield file, service_index, service, method_index, method


def _constant(service: str, method: str) -> str:
    return f"{snake(service.removesuffix('Service'))}_{snake(method)}".upper()


def _type(type_name: str) -> str:
    package, name = type_name.lstrip(".").rsplit(".", 1)
    module = "system_v1" if package == "ewallet.system.v1" else "v1"
    if not re.fullmatch(r"ewallet(\.system)?\.v1", package):
        raise ValueError(f"{type_name} is no message of this API")
    return f"{module}.{name}"
