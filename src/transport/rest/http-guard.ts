import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { Networks } from '../../lib/network-texts.js';

/** Why a request is refused before anybody looks at what it wants; `status` is of HTTP. */
export type HttpRefusal = {
  readonly status: number;
  readonly message: string;
  readonly details: string;
};

/**
 * Refuses what browsers send for pages of others. A page of another site is told by `Origin` and `Sec-Fetch-Site`; one whose name was
 * bound to this machine's address, by a name in `Host` that nobody configured.
 */
export function checkOrigin(
  headers: IncomingHttpHeaders,
  hosts: ReadonlySet<string>,
): HttpRefusal | undefined {
  const { host = '', origin } = headers;
  const name = hostName(host);
  if (isIP(name) === 0 && !hosts.has(name)) {
    const message = 'The server does not answer to the name in Host.';
    return { status: 421, message, details: 'UNKNOWN_HOST' };
  }
  const site = headers['sec-fetch-site'];
  const foreign = site === 'cross-site' || site === 'same-site';
  if (foreign || (origin !== undefined && originHost(origin) !== host.toLowerCase())) {
    const message = 'Pages of other sites may not call the server.';
    return { status: 403, message, details: 'CROSS_ORIGIN' };
  }
  return undefined;
}

/** The name or address in a Host header, in lower case, without port and brackets. */
export function hostName(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}

function originHost(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase();
}

/**
 * The address that a request comes from: of the peer, or, as long as a proxy is trusted, the one that it says it got the request from.
 * What anybody else wrote into the header does not count.
 */
export function sourceOfRequest(
  peer: string,
  forwarded: string | string[] | undefined,
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
