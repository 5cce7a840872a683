"""What the protos say, read from a descriptor set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

Field = descriptor_pb2.FieldDescriptorProto
Method = descriptor_pb2.MethodDescriptorProto
Path = tuple[int, ...]

# Rules and access options are the server's business. Two packages that carry validate.proto in different versions could not
# be used in one program, so ours carries none.
_LEFT_OUT = ("buf/validate/", "ewallet/options/")
_ANYONE = "CALLER_ANYONE"


@dataclass
class Api:
    """All files, without the options that are left out, and what the generator needs of the options."""

    files: descriptor_pb2.FileDescriptorSet
    open_methods: set[str]
    """Full names (`ewallet.v1.SessionService/GetServerInfo`) of the methods that need no credentials."""
    comments: dict[str, dict[Path, str]] = field(default_factory=dict)
    messages: dict[str, tuple[descriptor_pb2.FileDescriptorProto, int]] = field(
        default_factory=dict
    )

    def own_files(self) -> list[descriptor_pb2.FileDescriptorProto]:
        """The files of this API, without those of others."""
        return [file for file in self.files.file if file.package.startswith("ewallet.")]

    def comment(self, file: str, *path: int) -> str:
        """The comment before an element. Empty when there is none."""
        return self.comments.get(file, {}).get(path, "")

    def message(self, type_name: str) -> descriptor_pb2.DescriptorProto:
        """A top-level message by its full name, with or without the dot before it."""
        file, index = self.messages[type_name.lstrip(".")]
        return file.message_type[index]


def read_api(descriptor_set: bytes) -> Api:
    """Reads a descriptor set that has imports and source information."""
    files = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set)
    open_methods = _find_open_methods(files)
    kept = [file for file in files.file if not file.name.startswith(_LEFT_OUT)]
    api = Api(descriptor_pb2.FileDescriptorSet(file=kept), open_methods)
    for file in api.files.file:
        dependencies = [name for name in file.dependency if not name.startswith(_LEFT_OUT)]
        del file.dependency[:]
        file.dependency.extend(dependencies)
        if file.package.startswith("ewallet."):
            # Nobody registered the extensions here: to this process they are unknown fields.
            file.DiscardUnknownFields()
        api.comments[file.name] = {
            tuple(location.path): location.leading_comments.strip()
            for location in file.source_code_info.location
            if location.leading_comments
        }
        for index, message in enumerate(file.message_type):
            api.messages[f"{file.package}.{message.name}"] = (file, index)
    return api


def _find_open_methods(files: descriptor_pb2.FileDescriptorSet) -> set[str]:
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    access = pool.FindExtensionByName("ewallet.options.v1.access")
    anyone = pool.FindEnumTypeByName("ewallet.options.v1.Caller").values_by_name[_ANYONE].number
    options_class = message_factory.GetMessageClass(
        pool.FindMessageTypeByName("google.protobuf.MethodOptions")
    )
    found = set()
    for file in files.file:
        for service in file.service:
            for method in service.method:
                options = options_class.FromString(method.options.SerializeToString())
                # Made at run time, so no type knows it.
                extensions: Any = options.Extensions
                if anyone in extensions[access].callers:
                    found.add(f"{file.package}.{service.name}/{method.name}")
    return found
