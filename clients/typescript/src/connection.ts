import { isIP } from 'node:net';
import { type ChannelOptions, Client, credentials } from '@grpc/grpc-js';
import type { ConnectionOptions } from './options.js';

/**
 * Opens the connection to a server: nothing is sent yet. A connection for watches is one of its own, so that streams which live long
 * keep no call waiting.
 *
 * @throws TypeError when the address or the certificates cannot be used.
 */
export function openConnection(options: ConnectionOptions, use: 'calls' | 'watches'): Client {
  const addresses = [options.address].flat();
  return new Client(targetOf(addresses), transportSecurity(options, addresses), {
    // A server that comes back is found soon; the pauses between attempts to reach it grow to 5 s.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 5_000,
    // A server that vanished without a word is noticed while calls wait for it.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    ...(use === 'watches' ? { 'grpc.use_local_subchannel_pool': 1 } : {}),
    ...options.channelOptions,
  } satisfies ChannelOptions);
}

function targetOf(addresses: readonly string[]): string {
  const [first] = addresses;
  if (!first) throw new TypeError('address: name the server, for example "127.0.0.1:50051".');
  if (addresses.length === 1) return first;
  const families = new Set(addresses.map((address) => isIP(hostOf(address))));
  if (families.has(0) || families.size > 1) {
    throw new TypeError(
      'address: several addresses must be ip:port, all of one family. Give one name that resolves to all of them instead.',
    );
  }
  return `ipv${[...families][0]}:${addresses.join(',')}`;
}

/** Host of `host:port`, `[v6]:port` or `scheme:host:port`, without brackets. */
function hostOf(address: string): string {
  return address
    .replace(/^[a-z]\w*:(\/\/[^/]*\/)?(?=[^\d])/i, '')
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '');
}

function isThisMachine(address: string): boolean {
  const host = hostOf(address);
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function transportSecurity({ tls }: ConnectionOptions, addresses: readonly string[]) {
  if (tls === false || (tls === undefined && addresses.every(isThisMachine))) {
    return credentials.createInsecure();
  }
  const { rootCertificates, privateKey, certificateChain } = typeof tls === 'object' ? tls : {};
  if ((privateKey === undefined) !== (certificateChain === undefined)) {
    throw new TypeError('tls: privateKey and certificateChain go together.');
  }
  return credentials.createSsl(
    toBuffer(rootCertificates),
    toBuffer(privateKey),
    toBuffer(certificateChain),
  );
}

function toBuffer(pem: Buffer | string | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem);
}
