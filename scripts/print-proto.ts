import {
  type DescEnum,
  type DescField,
  type DescFile,
  type DescMessage,
  getOption,
} from '@bufbuild/protobuf';
import {
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
} from '@bufbuild/protobuf/wkt';
import {
  type PredefinedRules,
  predefined,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

/**
 * Prints a proto2 file from its descriptor: top-level messages, enums and extensions, and the one
 * custom option that buf/validate/validate.proto uses on itself. It is not a printer for protos in
 * general: what it does not know it refuses, so that nothing is lost silently.
 *
 * @throws Error naming the part of the file that it cannot print.
 */
export function printProto(file: DescFile): string {
  if (file.proto.syntax !== '' && file.proto.syntax !== 'proto2') {
    throw new Error(`${file.name}.proto: only proto2 can be printed, this is ${file.proto.syntax}`);
  }
  return [
    'syntax = "proto2";',
    `package ${file.proto.package};`,
    file.proto.dependency.map((path) => `import "${path}";`).join('\n'),
    printFileOptions(file),
    ...printExtensions(file),
    ...file.messages.map((message) => printMessage(file, message)),
    ...file.enums.map(printEnum),
    '',
  ]
    .join('\n\n')
    .trimEnd();
}

function printFileOptions(file: DescFile): string {
  const options = file.proto.options;
  return [
    `option go_package = "${options?.goPackage}";`,
    `option java_multiple_files = ${options?.javaMultipleFiles};`,
    `option java_outer_classname = "${options?.javaOuterClassname}";`,
    `option java_package = "${options?.javaPackage}";`,
  ].join('\n');
}

function printExtensions(file: DescFile): string[] {
  return file.extensions.map((extension) => {
    const field = printField(file, extension.proto, '');
    return `extend ${extension.extendee.typeName} {\n  ${field}\n}`;
  });
}

function printEnum(desc: DescEnum): string {
  const lines = [
    // An enum's reserved ranges include their end, a message's do not.
    ...desc.proto.reservedRange.map(({ start, end }) => `reserved ${printRange(start, end + 1)};`),
    ...desc.proto.reservedName.map((name) => `reserved "${name}";`),
    ...desc.values.map((value) => `${value.name} = ${value.number};`),
  ];
  return `enum ${desc.name} {\n${lines.map((line) => `  ${line}`).join('\n')}\n}`;
}

function printMessage(file: DescFile, message: DescMessage): string {
  if (
    message.nestedMessages.length +
    message.nestedEnums.length +
    message.nestedExtensions.length
  ) {
    throw new Error(`${message.typeName}: nested declarations cannot be printed`);
  }
  const { extensionRange, reservedName, reservedRange } = message.proto;
  const lines = [
    ...reservedRange.map(({ start, end }) => `reserved ${printRange(start, end)};`),
    ...reservedName.map((name) => `reserved "${name}";`),
    ...message.members.flatMap((member) =>
      member.kind === 'field'
        ? [printField(file, member.proto, printRules(member))]
        : [
            `oneof ${member.name} {`,
            ...member.fields.map((field) => `  ${printMember(file, field)}`),
            '}',
          ],
    ),
    ...extensionRange.map(({ start, end }) => `extensions ${printRange(start, end)};`),
  ];
  return `message ${message.name} {\n${lines.map((line) => `  ${line}`).join('\n')}\n}`;
}

/** Descriptor ranges of messages exclude their end, written ranges include it. */
function printRange(start: number, end: number): string {
  if (end - 1 === start) return `${start}`;
  return end === 0x20000000 ? `${start} to max` : `${start} to ${end - 1}`;
}

function printField(file: DescFile, field: FieldDescriptorProto, options: string): string {
  const label = FieldDescriptorProto_Label[field.label].toLowerCase();
  return `${label} ${printType(file, field)} ${field.name} = ${field.number}${options};`;
}

function printMember(file: DescFile, field: DescField): string {
  const { name, number } = field.proto;
  return `${printType(file, field.proto)} ${name} = ${number}${printRules(field)};`;
}

function printType(file: DescFile, field: FieldDescriptorProto): string {
  if (field.typeName === '') return FieldDescriptorProto_Type[field.type].toLowerCase();
  return field.typeName.replace(`.${file.proto.package}.`, '').replace(/^\./, '');
}

function printRules(field: DescField): string {
  const rules: PredefinedRules = getOption(field, predefined);
  if (rules.cel.length === 0) return '';
  const cel = rules.cel.map((rule) => {
    const message = rule.message === '' ? '' : `message: ${JSON.stringify(rule.message)}, `;
    const expression = JSON.stringify(rule.expression);
    return `{id: ${JSON.stringify(rule.id)}, ${message}expression: ${expression}}`;
  });
  return ` [(predefined) = {cel: [${cel.join(', ')}]}]`;
}
