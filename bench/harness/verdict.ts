import { ClientError, createChannel, createClient, Metadata, Status } from 'nice-grpc';
import {
  SystemServiceDefinition,
  VerifyLedgerMode,
} from '../../generated/ewallet/system/v1/system_service.js';
import { type EwalletServer, operatorKey } from './ewallet-server.js';

/** What VerifyLedger says of a database after it was measured. */
export type Verdict = {
  readonly verified: boolean;
  /** In a few words, for the report. */
  readonly text: string;
};

const modes = {
  full: VerifyLedgerMode.VERIFY_LEDGER_MODE_FULL,
  incremental: VerifyLedgerMode.VERIFY_LEDGER_MODE_INCREMENTAL,
};

/** Asks a server to verify its ledger, or what is new in it since it was verified before. */
export async function askVerdict(
  server: EwalletServer,
  mode: 'full' | 'incremental',
): Promise<Verdict> {
  const channel = createChannel(server.operatorAddress);
  const system = createClient(SystemServiceDefinition, channel);
  const metadata = Metadata({ authorization: `Bearer ${operatorKey}` });
  try {
    const reply = await system.verifyLedger({ mode: modes[mode] }, { metadata });
    if (reply.mode !== modes[mode])
      return { verified: false, text: `not verified: no ${mode} run` };
    const read = `${reply.entryCount} entries, ${reply.operationCount} operations`;
    if (reply.verified)
      return {
        verified: true,
        text: `verified (${mode === 'full' ? '' : 'what is new: '}${read})`,
      };
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
