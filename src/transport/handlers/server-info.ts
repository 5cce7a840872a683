import { readFileSync } from 'node:fs';
import type { GetServerInfoResponse } from '../../../generated/ewallet/v1/session_service.js';
import type { Time } from '../../lib/time.js';
import { toTimestamp } from '../convert.js';

/** Creates the handler of GetServerInfo: it needs nothing but the running server itself. */
export function createServerInfoHandlers(deps: { time: Time; instanceNumber: bigint }) {
  const version = readVersion();
  return {
    getServerInfo: async (): Promise<GetServerInfoResponse> => ({
      version,
      apiPackages: ['ewallet.v1'],
      serverTime: toTimestamp(deps.time.now()),
      instanceNumber: deps.instanceNumber,
    }),
  };
}

/** The package's version. The built file lies one folder deeper than the source. */
function readVersion(): string {
  for (const path of ['../../../package.json', '../../../../package.json']) {
    try {
      const text = readFileSync(new URL(path, import.meta.url), 'utf8');
      return (JSON.parse(text) as { version: string }).version;
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('package.json is missing.');
}
