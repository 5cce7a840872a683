import { type DescField, type DescMessage, getOption, hasOption, toJson } from '@bufbuild/protobuf';
import type { Descriptors } from '../../src/transport/descriptors.js';

/**
 * What `buf breaking` does not see: the access rule and idempotency level of every method, and the validation rules and secrecy of every
 * field, one line each.
 */
export function describeApiRules({ registry }: Descriptors): string[] {
  const option = (name: string) => {
    const found = registry.getExtension(name);
    if (!found) throw new Error(`There is no option ${name}.`);
    return found;
  };
  const access = option('ewallet.options.v1.access');
  const sensitive = option('ewallet.options.v1.sensitive');
  const rules = {
    field: option('buf.validate.field'),
    message: option('buf.validate.message'),
    oneof: option('buf.validate.oneof'),
  };
  // The types of the extensions are known to the registry alone.
  const text = (extension: typeof access, value: unknown) =>
    JSON.stringify(toJson(extension.message as DescMessage, value as never, { registry }));

  function linesOfField(field: DescField): string[] {
    const name = `${field.parent.typeName}.${field.name}`;
    const rule = hasOption(field, rules.field)
      ? [text(rules.field, getOption(field, rules.field))]
      : [];
    const secret = getOption(field, sensitive) ? ['sensitive'] : [];
    return rule.length + secret.length === 0 ? [] : [[name, ...secret, ...rule].join(' ')];
  }

  const lines: string[] = [];
  for (const type of registry) {
    if (!type.typeName.startsWith('ewallet.')) continue;
    if (type.kind === 'message') {
      if (hasOption(type, rules.message)) {
        lines.push(`${type.typeName} ${text(rules.message, getOption(type, rules.message))}`);
      }
      for (const oneof of type.oneofs) {
        if (!hasOption(oneof, rules.oneof)) continue;
        const rule = text(rules.oneof, getOption(oneof, rules.oneof));
        lines.push(`${type.typeName}.${oneof.name} ${rule}`);
      }
      lines.push(...type.fields.flatMap(linesOfField));
    }
    if (type.kind === 'service') {
      for (const method of type.methods) {
        const rule = text(access, getOption(method, access));
        lines.push(`${type.typeName}/${method.name} ${method.idempotency} ${rule}`);
      }
    }
  }
  return lines.sort();
}
