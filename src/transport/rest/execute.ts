import { Metadata, ServerError, Status } from 'nice-grpc';
import { AccountServiceDefinition } from '../../../generated/ewallet/v1/account_service.js';
import { ClockServiceDefinition } from '../../../generated/ewallet/v1/clock_service.js';
import { ContactServiceDefinition } from '../../../generated/ewallet/v1/contact_service.js';
import { ConversionSheetServiceDefinition } from '../../../generated/ewallet/v1/conversion_sheet_service.js';
import { InvoiceSheetServiceDefinition } from '../../../generated/ewallet/v1/invoice_sheet_service.js';
import { IssueServiceDefinition } from '../../../generated/ewallet/v1/issue_service.js';
import { MasterServiceDefinition } from '../../../generated/ewallet/v1/master_service.js';
import { SessionServiceDefinition } from '../../../generated/ewallet/v1/session_service.js';
import { TimeSheetServiceDefinition } from '../../../generated/ewallet/v1/time_sheet_service.js';
import { TransferSheetServiceDefinition } from '../../../generated/ewallet/v1/transfer_sheet_service.js';
import { WalletServiceDefinition } from '../../../generated/ewallet/v1/wallet_service.js';
import { sha256 } from '../../lib/hash.js';
import { randomUuid } from '../../lib/random.js';
import type { StatusName } from '../../model/reasons.js';
import type { HandlerContext } from '../call-middleware.js';
import { REQUEST_ID } from '../call-middleware.js';
import { credentialKeys } from '../credentials.js';
import type { LocalCalls, LocalOrigin } from '../local-calls.js';
import type { Body, Dispatch } from './dispatch.js';
import { fromStatus, type InstructionFailure, reasonOf } from './failures.js';
import type { InstructionCall, RestDomain } from './instruction.js';

/** Where a request comes from, and what its headers hold. */
export type RequestOrigin = {
  readonly source: string;
  readonly registrationKey: string | undefined;
  /** What the caller knows the request by in its own log. */
  readonly correlation: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly signal: AbortSignal;
};

/** What came of an instruction. The trailer holds what a call over gRPC would have had there. */
export type Executed = { readonly text: string; readonly trailer: Metadata };

const definitions = {
  sessions: SessionServiceDefinition,
  masters: MasterServiceDefinition,
  accounts: AccountServiceDefinition,
  wallets: WalletServiceDefinition,
  clocks: ClockServiceDefinition,
  conversionSheets: ConversionSheetServiceDefinition,
  timeSheets: TimeSheetServiceDefinition,
  transferSheets: TransferSheetServiceDefinition,
  invoiceSheets: InvoiceSheetServiceDefinition,
  contacts: ContactServiceDefinition,
  issues: IssueServiceDefinition,
} as const;

/** Executes what a request means, as whoever its tokens prove. @throws InstructionFailure, or what nobody has foreseen */
export function createExecute(deps: {
  readonly dispatch: Dispatch;
  readonly local: Pick<LocalCalls, 'client' | 'inPlaceOf'>;
  readonly domain: RestDomain;
}): (body: Body, from: RequestOrigin, trailer: Metadata) => Promise<string> {
  const { dispatch, local, domain } = deps;

  function servicesFor(origin: LocalOrigin): InstructionCall['services'] {
    const services = {};
    for (const [name, definition] of Object.entries(definitions)) {
      // Made when they are asked for: most instructions call one.
      Object.defineProperty(services, name, { get: () => local.client(definition, origin) });
    }
    return services as InstructionCall['services'];
  }

  return async (body, from, trailer) => {
    const found = dispatch(body);
    const clientId = textOf(body.client_id);
    const sessionToken = textOf(body.session_token);
    const metadata = credentialsOf(clientId, sessionToken, from.registrationKey);
    // One for all calls that the instruction makes.
    metadata.set(REQUEST_ID, printable(from.correlation ?? randomUuid()));
    const origin = { metadata, peer: `${from.source}:0`, signal: from.signal, trailer };
    const call = {
      services: servicesFor(origin),
      domain,
      clientId,
      sessionToken,
      requestId: requestIdOf(body.request_id, from.idempotencyKey),
      inPlaceOf: <T>(
        service: keyof typeof definitions,
        method: string,
        request: object,
        handle: (context: HandlerContext) => Promise<T>,
      ) => local.inPlaceOf(definitions[service], method as never, { origin, request }, handle),
    } as InstructionCall;
    try {
      return await found.run(body, call);
    } catch (error) {
      throw error instanceof ServerError ? toFailure(error, trailer) : error;
    }
  };
}

function toFailure({ code, details }: ServerError, trailer: Metadata): InstructionFailure {
  const reason = reasonOf(trailer.get('grpc-status-details-bin'));
  return fromStatus(Status[code] as StatusName, details, reason);
}

/** The tokens where calls over gRPC have them. One that no header could hold is none that the server gave. */
function credentialsOf(
  clientId: string,
  sessionToken: string,
  registrationKey: string | undefined,
): Metadata {
  const metadata = Metadata();
  if (clientId !== '') metadata.set(credentialKeys.clientId, printable(clientId));
  if (sessionToken !== '') {
    metadata.set(credentialKeys.authorization, `Bearer ${printable(sessionToken)}`);
  }
  if (registrationKey !== undefined) {
    metadata.set(credentialKeys.registrationKey, printable(registrationKey));
  }
  return metadata;
}

function printable(token: string): string {
  return /^[\x21-\x7e]{1,1000}$/.test(token) ? token : '-';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The request id in the body, the one that the key of the header stands for, or a new one. */
function requestIdOf(field: unknown, key: string | undefined): string {
  if (typeof field === 'string') return field;
  if (key === undefined) return randomUuid();
  const bare = key.replace(/^"(.*)"$/, '$1');
  if (UUID.test(bare)) return bare.toLowerCase();
  const hash = sha256(`idempotency key ${bare}`).toString('hex');
  return hash.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
}
