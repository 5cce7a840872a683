import { isIP } from 'node:net';
import type { Networks } from '../lib/network-texts.js';

/** Where a proxy says who it got a call from. */
export const forwardedKey = 'x-forwarded-for';

/**
 * The address that a call comes from, which throttles and audits count by: that of the peer, given as `address:port`, or, where it is a
 * trusted proxy, what {@link sourceOfRequest} makes of it.
 */
export function sourceOfCall(
  peer: string,
  forwarded: readonly (string | Uint8Array)[],
  proxies: Networks,
): string {
  const end = peer.lastIndexOf(':');
  const address = end === -1 || peer === 'unknown' ? peer : peer.slice(0, end);
  return sourceOfRequest(address, forwarded.map(String), proxies);
}

/**
 * The address that a request comes from: of the peer, or, as long as a proxy is trusted, the one that it says it got the request from.
 * What anybody else wrote into the header does not count.
 */
export function sourceOfRequest(
  peer: string,
  forwarded: string | readonly string[] | undefined,
  proxies: Networks,
): string {
  const hops = [forwarded ?? []].flat().join(',').split(',');
  let source = plainAddress(peer);
  while (proxies.has(source)) {
    const before = plainAddress(hops.pop()?.trim() ?? '');
    if (isIP(before) === 0) break;
    source = before;
  }
  return source;
}

/** IPv4 on a socket that takes both is IPv4; some proxies write ports. */
function plainAddress(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIP(bare) !== 0) return bare;
  return bare.replace(/^\[([^\]]*)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
}
