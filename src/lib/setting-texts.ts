import type { VaultKey } from './vault.js';

/** One setting of the environment. */
export type Variable<T> = {
  readonly name: string;
  /** What it is for, in a sentence. */
  readonly description: string;
  /** Its text when it is unset or empty. Absent: it must be set. */
  readonly default: string | { readonly production?: string; readonly development: string };
  /** Reads the text. Throws an Error whose message completes "NAME …" and never repeats a secret. */
  readonly read: (text: string) => T;
  /** Shown instead of the value when settings are printed; `text` by default. */
  readonly show?: (text: string) => string;
};

const MIN_SECRET_LENGTH = 16;

/** One of a few words. */
export function oneOf<T extends string>(...values: T[]): (text: string) => T {
  return (text) => {
    const value = values.find((candidate) => candidate === text);
    if (value === undefined) throw new Error(`must be one of ${values.join(', ')}.`);
    return value;
  };
}

/** `true` or `false`. */
export function boolean(text: string): boolean {
  return oneOf('true', 'false')(text) === 'true';
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new Error(`must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** `host:port`. */
export function address(text: string): string {
  const port = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text)?.[1];
  if (port === undefined || Number(port) > 65_535) {
    throw new Error('must be host:port, for example 127.0.0.1:50051 or [::1]:50051.');
  }
  return text;
}

/** A secret of at least 16 printable ASCII characters. Its reader never repeats it. */
export function secret(text: string): string {
  if (text.length < MIN_SECRET_LENGTH || !/^[\x21-\x7e]+$/.test(text)) {
    throw new Error(
      `must have at least ${MIN_SECRET_LENGTH} characters, printable ASCII without spaces.`,
    );
  }
  return text;
}

/** As {@link secret}; the empty text is null. */
export function optionalSecret(text: string): string | null {
  return text === '' ? null : secret(text);
}

/** `id:key`, several with commas between: ids of letters and digits, keys of 32 bytes in base64. */
export function secretsKeys(text: string): readonly VaultKey[] {
  const keys = text.split(',').map((part) => {
    const [id = '', encoded = ''] = part.trim().split(':');
    const key = Buffer.from(encoded, 'base64');
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(id) || key.length !== 32) {
      throw new Error(
        'must be id:key, several with commas between: letters and digits, and 32 bytes in base64.',
      );
    }
    return { id, key };
  });
  if (new Set(keys.map(({ id }) => id)).size < keys.length) {
    throw new Error('has two keys of one id.');
  }
  return keys;
}

/** What is shown instead of a secret. */
export function mask(text: string): string {
  return text === '' ? '' : '***';
}

/** Credits: a whole number from 0 to 10^16. */
export function credits(text: string): bigint {
  const value = /^\d{1,17}$/.test(text) ? BigInt(text) : -1n;
  if (value < 0n || value > 10n ** 16n) throw new Error('must be a whole number from 0 to 10^16.');
  return value;
}

/** Whether only this machine reaches the address. */
export function isLoopback(hostAndPort: string): boolean {
  const host = hostAndPort.slice(0, hostAndPort.lastIndexOf(':'));
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
