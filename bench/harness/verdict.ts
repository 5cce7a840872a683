import { ClientError, createChannel, createClient, Metadata, Status } from 'nice-grpc';
import { SystemServiceDefinition } from '../../generated/ewallet/system/v1/system_service.js';
import { type EwalletServer, operatorKey } from './ewallet-server.js';

/** What VerifyLedger says of a database after it was measured. */
export type Verdict = {
  readonly verified: boolean;
  /** In a few words, for the report. */
  readonly text: string;
};

/** Asks a server to verify its ledger. */
export async function askVerdict(server: EwalletServer): Promise<Verdict> {
  const channel = createChannel(server.operatorAddress);
  const system = createClient(SystemServiceDefinition, channel);
  const metadata = Metadata({ authorization: `Bearer ${operatorKey}` });
  try {
    const reply = await system.verifyLedger({}, { metadata });
    const read = `${reply.entryCount} entries, ${reply.operationCount} operations`;
    if (reply.verified) return { verified: true, text: `verified (${read})` };
    const first = reply.differences[0];
    const what = reply.complete ? `${reply.differenceCount} differences` : 'run not complete';
    return {
      verified: false,
      text: `NOT VERIFIED: ${what} ${first ? JSON.stringify(first, asText) : ''}`,
    };
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== Status.UNIMPLEMENTED) throw error;
    return { verified: false, text: 'not verified: the server has no VerifyLedger yet' };
  } finally {
    channel.close();
  }
}

function asText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
