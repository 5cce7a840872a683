import type { DescEnum } from '@bufbuild/protobuf';
import { UsageError } from '../errors/usage-error.js';

/** The names of an enum as people write them: without what all have in common, in lower case, with dashes. */
export function shortEnumNames(enumeration: DescEnum | undefined): string[] {
  return (enumeration?.values ?? [])
    .filter(({ number }) => number !== 0)
    .map(({ name }) => shortName(name, enumeration));
}

/** `TIMER_STATE_ACTIVE` as `active`. */
export function shortName(name: string, enumeration: DescEnum | undefined): string {
  const prefix = enumeration?.sharedPrefix ?? '';
  const short = name.toLowerCase().startsWith(prefix) ? name.slice(prefix.length) : name;
  return short.toLowerCase().replaceAll('_', '-');
}

/** The name that the API has for a short one; the API's own is taken too. @throws UsageError that lists the names. */
export function enumName(enumeration: DescEnum, text: string, option: string): string {
  const found = enumeration.values.find(
    ({ name }) => name === text || shortName(name, enumeration) === text.toLowerCase(),
  );
  if (found) return found.name;
  throw new UsageError(
    `${option} must be one of ${shortEnumNames(enumeration).join(', ')}, not "${text}".`,
  );
}
