import { UsageError } from '../errors/usage-error.js';

const unitMs: Record<string, bigint> = {
  d: 86_400_000n,
  h: 3_600_000n,
  m: 60_000n,
  s: 1_000n,
  ms: 1n,
};

/** Milliseconds of a time such as `90s`, `1h30m`, `500ms` or `1.5h`. @throws UsageError that names the option. */
export function parseDurationMs(text: string, name: string): bigint {
  const parts = [...text.matchAll(/(\d+)(?:\.(\d{1,3}))?(ms|d|h|m|s)/g)];
  if (!parts.length || parts.map(([part]) => part).join('') !== text) {
    throw new UsageError(`${name} must be a time such as 90s, 1h30m or 500ms, not "${text}".`);
  }
  return parts.reduce((sum, [, whole = '0', fraction = '', unit = 'ms']) => {
    const thousandths = BigInt(whole) * 1_000n + BigInt(fraction.padEnd(3, '0'));
    return sum + (thousandths * (unitMs[unit] ?? 1n)) / 1_000n;
  }, 0n);
}

/** A duration as ProtoJSON has it. @throws UsageError that names the option. */
export function parseDuration(text: string, name: string): string {
  const ms = parseDurationMs(text, name);
  return `${ms / 1_000n}.${String(ms % 1_000n).padStart(3, '0')}s`;
}

/** A moment as ProtoJSON has it, from ISO 8601; without a time of day or a zone it is local. @throws UsageError that names the option. */
export function parseTimestamp(text: string, name: string): string {
  // A date alone is midnight in UTC for JavaScript, but a day of this place for people.
  const local = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text;
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(local.replace(' ', 'T')) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new UsageError(
      `${name} must be a date or time such as 2026-01-31 or 2026-01-31T18:00:00Z, not "${text}".`,
    );
  }
  return new Date(time).toISOString();
}

/** An amount of money as ProtoJSON has it, from text such as `0.10 EUR`. @throws UsageError that names the option. */
export function parseMoney(text: string, name: string): object {
  const match = /^(\d+)(?:\.(\d{1,9}))?[ ]?([A-Z]{3})$/.exec(text.trim());
  if (!match) throw new UsageError(`${name} must be money such as "0.10 EUR", not "${text}".`);
  const [, units = '0', fraction = '', currencyCode] = match;
  return { currencyCode, units, nanos: Number(fraction.padEnd(9, '0')) };
}

/** A whole number as decimal text. @throws UsageError that names the option. */
export function parseInteger(text: string, name: string): string {
  if (!/^-?\d{1,19}$/.test(text)) {
    throw new UsageError(`${name} must be a whole number such as 120, not "${text}".`);
  }
  return BigInt(text).toString();
}

/** An e-mail address or an account id: which of the two fields it is for. @throws UsageError that names the argument. */
export function parseParty(text: string, name: string): { email: string } | { accountId: string } {
  if (text.includes('@')) return { email: text };
  if (text.startsWith('usr_')) return { accountId: text };
  throw new UsageError(`${name} must be an e-mail address or an account id usr_…, not "${text}".`);
}
