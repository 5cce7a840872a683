import type { Client } from 'nice-grpc';
import type { AccountServiceDefinition } from '../../../generated/ewallet/v1/account_service.js';
import type { ClockServiceDefinition } from '../../../generated/ewallet/v1/clock_service.js';
import type { ContactServiceDefinition } from '../../../generated/ewallet/v1/contact_service.js';
import type { ConversionSheetServiceDefinition } from '../../../generated/ewallet/v1/conversion_sheet_service.js';
import type { InvoiceSheetServiceDefinition } from '../../../generated/ewallet/v1/invoice_sheet_service.js';
import type { IssueServiceDefinition } from '../../../generated/ewallet/v1/issue_service.js';
import type { MasterServiceDefinition } from '../../../generated/ewallet/v1/master_service.js';
import type { SessionServiceDefinition } from '../../../generated/ewallet/v1/session_service.js';
import type { TimeSheetServiceDefinition } from '../../../generated/ewallet/v1/time_sheet_service.js';
import type { TransferSheetServiceDefinition } from '../../../generated/ewallet/v1/transfer_sheet_service.js';
import type { WalletServiceDefinition } from '../../../generated/ewallet/v1/wallet_service.js';
import type { Domain } from '../../domain/domain.js';
import type { HandlerContext } from '../call-middleware.js';
import { type Arguments, type Given, optional, readArguments, required } from './arguments.js';
import { type Fields, type Filled, fieldsOf, writeReply } from './reply-shape.js';

/** The services of the API, called for whoever sent the instruction. */
export type Services = {
  readonly sessions: Client<typeof SessionServiceDefinition>;
  readonly masters: Client<typeof MasterServiceDefinition>;
  readonly accounts: Client<typeof AccountServiceDefinition>;
  readonly wallets: Client<typeof WalletServiceDefinition>;
  readonly clocks: Client<typeof ClockServiceDefinition>;
  readonly conversionSheets: Client<typeof ConversionSheetServiceDefinition>;
  readonly timeSheets: Client<typeof TimeSheetServiceDefinition>;
  readonly transferSheets: Client<typeof TransferSheetServiceDefinition>;
  readonly invoiceSheets: Client<typeof InvoiceSheetServiceDefinition>;
  readonly contacts: Client<typeof ContactServiceDefinition>;
  readonly issues: Client<typeof IssueServiceDefinition>;
};

/** What of the domain replies ask for besides, once a method of the API has let the caller in. */
export type RestDomain = Pick<
  Domain,
  | 'accountFacts'
  | 'clocks'
  | 'contacts'
  | 'masterKeys'
  | 'masters'
  | 'systemSessions'
  | 'tenancy'
  | 'walletUpkeep'
>;

/** One instruction under way. */
export type InstructionCall = {
  readonly services: Services;
  readonly domain: RestDomain;
  /** The tokens as they were sent; empty when they were not. */
  readonly clientId: string;
  readonly sessionToken: string;
  /** Of the write that the instruction makes: sent along, or made for it. */
  readonly requestId: string;
  /** Goes the way of the method, and does something else in its place. */
  readonly inPlaceOf: {
    <T>(
      service: 'masters',
      method: 'createMaster' | 'createMasterKey' | 'editMaster',
      request: object,
      handle: (context: HandlerContext) => Promise<T>,
    ): Promise<T>;
    <T>(
      service: 'accounts' | 'clocks',
      method: 'changePassword' | 'getClock',
      request: object,
      handle: (context: HandlerContext) => Promise<T>,
    ): Promise<T>;
  };
};

/** Which tokens an instruction takes. */
export type Tokens = 'none' | 'any' | 'client' | 'session' | 'pair';

const tokenArguments: Record<Tokens, Arguments> = {
  none: {},
  any: { client_id: optional('string'), session_token: optional('string') },
  client: { client_id: required('string') },
  session: { session_token: required('string') },
  pair: { client_id: required('string'), session_token: required('string') },
};

/** Fields that the predecessor did not know and every instruction takes. */
const everywhere = {
  client_id: optional('string'),
  session_token: optional('string'),
  request_id: optional('string'),
};

/** An instruction of the table. */
export type Instruction = {
  /** Its name in the predecessor's documents. */
  readonly name: string;
  /** What tells it from others: the controller, and the values of the keys that lead to it. */
  readonly path: Readonly<Record<string, string>>;
  /** The arguments that the predecessor documents. */
  readonly args: Arguments;
  /** Those that only this service knows. */
  readonly extras: Arguments;
  readonly reply: Fields;
  /** The method of the API whose access rule and request rules it goes by, for example `WalletService/PayCredits`. */
  readonly method: string;
  /** Executes it and writes the reply. @throws InstructionFailure, and what the service throws */
  readonly run: (body: Readonly<Record<string, unknown>>, call: InstructionCall) => Promise<string>;
};

/** An instruction as it is written down. A, E: its arguments; R: its reply without `failed`. */
export type InstructionSpec<
  A extends Arguments,
  E extends Arguments,
  R extends Fields['fields'],
> = {
  readonly name: string;
  readonly controller?: 'client' | 'master';
  /** The chain of values from `action` on, for example `['view', 'credit', 'clock']`. */
  readonly chain: readonly [string, ...string[]];
  readonly tokens?: Tokens;
  readonly args?: A;
  readonly extras?: E;
  readonly reply: R;
  readonly method: string;
  readonly run: (
    given: Given<A & E>,
    call: InstructionCall,
  ) => Promise<NonNullable<Filled<{ readonly fields: R }>>>;
};

/** Makes an instruction of what is written down. */
export function instruction<
  const R extends Fields['fields'],
  // biome-ignore lint/complexity/noBannedTypes: no arguments.
  const A extends Arguments = {},
  // biome-ignore lint/complexity/noBannedTypes: no arguments.
  const E extends Arguments = {},
>(spec: InstructionSpec<A, E, R>): Instruction {
  const { name, controller = 'client', chain, tokens = 'pair', method } = spec;
  const args = spec.args ?? ({} as A);
  const extras = spec.extras ?? ({} as E);
  const reply = fieldsOf({ failed: 'bool', ...spec.reply });
  return {
    name,
    path: pathOf(controller, chain),
    args: { ...tokenArguments[tokens], ...args },
    extras: { ...everywhere, ...extras },
    reply,
    method,
    async run(body, call) {
      readArguments({ ...everywhere, ...tokenArguments[tokens] }, body);
      const given = readArguments({ ...args, ...extras }, body) as Given<A & E>;
      return writeReply(reply, { failed: false, ...(await spec.run(given, call)) });
    },
  };
}

/** The keys that a chain of values stands for: each value is the key of the next one. */
function pathOf(controller: string, chain: readonly string[]): Record<string, string> {
  const keys = ['action', ...chain];
  return {
    controller,
    ctype: 'action',
    ...Object.fromEntries(chain.map((value, at) => [keys[at], value])),
  };
}
