import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

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
