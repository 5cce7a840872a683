import { BlockList, isIP } from 'node:net';
import { address } from './setting-texts.js';

/** A set of addresses. */
export type Networks = { has(address: string): boolean };

/** `host:port`; `off` is null. */
export function optionalAddress(text: string): string | null {
  return text === 'off' ? null : address(text);
}

/** Names with commas between, in lower case. */
export function hostNames(text: string): ReadonlySet<string> {
  const names = listOf(text).map((name) => name.toLowerCase());
  if (names.some((name) => !/^[a-z0-9.-]{1,253}$/.test(name))) {
    throw new Error('must be host names without ports, with commas between.');
  }
  return new Set(names);
}

/** Addresses and networks with commas between, as `127.0.0.1,10.0.0.0/8,fd00::/8`. */
export function networks(text: string): Networks {
  const list = new BlockList();
  for (const item of listOf(text)) {
    const [address = '', bits] = item.split('/');
    const version = isIP(address);
    const prefix = bits === undefined ? (version === 6 ? 128 : 32) : Number(bits);
    if (version === 0 || !/^\d{0,3}$/.test(bits ?? '') || prefix > (version === 6 ? 128 : 32)) {
      throw new Error('must be addresses and networks, with commas between: 10.0.0.0/8.');
    }
    list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
  }
  return {
    has(address) {
      const version = isIP(address);
      return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4');
    },
  };
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
