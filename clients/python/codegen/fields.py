"""Fields of requests as named, typed arguments."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.descriptors import Api, Field

_SCALARS = {
    Field.TYPE_STRING: "str",
    Field.TYPE_BYTES: "bytes",
    Field.TYPE_BOOL: "bool",
    Field.TYPE_DOUBLE: "float",
    Field.TYPE_FLOAT: "float",
    Field.TYPE_INT32: "int",
    Field.TYPE_INT64: "int",
    Field.TYPE_UINT32: "int",
    Field.TYPE_UINT64: "int",
}
_DURATION = ".google.protobuf.Duration"
_TIMESTAMP = ".google.protobuf.Timestamp"
_OTHERS = {
    _DURATION: "Duration | timedelta",
    _TIMESTAMP: "Timestamp | datetime",
    ".google.protobuf.FieldMask": "FieldMask",
    ".google.type.Money": "Money",
}
_CONVERTED = {_DURATION: "to_duration", _TIMESTAMP: "to_timestamp"}


@dataclass(frozen=True)
class Argument:
    """An argument that stands for a field."""

    name: str
    annotation: str
    expression: str
    """What the message's constructor is given."""
    comment: str


def arguments(api: Api, type_name: str) -> list[Argument]:
    """The arguments for all fields of a message, in their order."""
    file, index = api.messages[type_name.lstrip(".")]
    found = []
    for field_index, item in enumerate(file.message_type[index].field):
        annotation = _annotation(item)
        expression = item.name
        if converted := _CONVERTED.get(item.type_name):
            expression = f"{converted}({item.name})"
        if item.label == Field.LABEL_REPEATED:
            expression = item.name
            if converted:
                expression = f"{item.name} and [{converted}(item) for item in {item.name}]"
            annotation = f"Iterable[{annotation}]"
        comment = api.comment(file.name, 4, index, 2, field_index)
        found.append(Argument(item.name, annotation, expression, comment))
    return found


def page_item(api: Api, type_name: str) -> Field | None:
    """The field that holds the items of a page. None when the message is no page."""
    message = api.message(type_name)
    if not any(item.name == "next_page_token" for item in message.field):
        return None
    [found] = [item for item in message.field if item.label == Field.LABEL_REPEATED]
    return found


def _annotation(item: Field) -> str:
    if item.type in _SCALARS:
        return _SCALARS[item.type]
    if item.type_name in _OTHERS:
        return _OTHERS[item.type_name]
    package, name = item.type_name.lstrip(".").rsplit(".", 1)
    module = {"ewallet.v1": "v1", "ewallet.system.v1": "system_v1"}[package]
    return f"{module}.{name}" + (".ValueType" if item.type == Field.TYPE_ENUM else "")
