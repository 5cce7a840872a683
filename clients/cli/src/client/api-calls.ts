import type { DescMethod } from '@bufbuild/protobuf';
import type {
  EWallet,
  EWalletBackend,
  EWalletOperator,
  PaymentAnswer,
  PaymentRequest,
  Reopening,
} from '@ewallet/client';
import { accessOf, callers, isForOperator } from '../api/api.js';
import type { RequestJson } from '../commands/request.js';
import { UsageError } from '../errors/usage-error.js';
import { fromReply, toRequest } from './messages.js';
import type { Servers } from './servers.js';

/** As whom calls are made, and how long they may take. */
export type CallSettings = {
  /** Account of the user that the master's backend acts for. */
  as?: string | undefined;
  backend?: boolean | undefined;
  timeoutMs?: number | undefined;
  signal: AbortSignal;
  /** Told when a stream broke and is opened again. */
  onReopen: (reopening: Reopening) => void;
};

/** The API by descriptor and ProtoJSON. */
export type Api = ReturnType<typeof createApi>;

/** What a call is answered with. */
export type ApiReply = { reply: RequestJson; replayed: boolean };

type Calls = Record<string, (request: object, options: object) => PromiseLike<object>>;
type Groups = Record<string, Calls>;

/** Which group of the client library has the calls of a service. */
const groups: Record<string, string> = {
  SessionService: 'sessions',
  MasterService: 'masters',
  AccountService: 'accounts',
  WalletService: 'wallets',
  ClockService: 'clocks',
  TransferSheetService: 'transferSheets',
  InvoiceSheetService: 'invoiceSheets',
  ConversionSheetService: 'conversionSheets',
  TimeSheetService: 'timeSheets',
  ContactService: 'contacts',
  IssueService: 'issues',
  SystemService: 'system',
};

/** Loaded when a server is called: help and completion start sooner without. */
const loadClient = () => import('@ewallet/client');

/** Connects to the servers when they are first called, as whom the options say. */
export function createApi(servers: Servers, settings: CallSettings) {
  const { as, signal, timeoutMs, onReopen } = settings;
  let program: EWallet | undefined;
  let backend: EWalletBackend | undefined;
  let operator: EWalletOperator | undefined;
  const callOptions = { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) };

  async function getProgram(): Promise<EWallet> {
    const { connect } = await loadClient();
    program ??= connect(servers.program());
    return program;
  }

  async function groupsFor(method: DescMethod): Promise<Groups> {
    if (isForOperator(method)) {
      const { connectOperator } = await loadClient();
      operator ??= connectOperator(servers.operator());
      return operator as unknown as Groups;
    }
    if (!as && !settings.backend) return (await getProgram()) as unknown as Groups;
    const needed = as ? callers.backendForUser : callers.backend;
    if (!accessOf(method).callers.includes(needed)) {
      const option = as ? '--as' : '--backend';
      throw new UsageError(`${method.name} is not for a master's backend: leave ${option} out.`);
    }
    const { connectBackend } = await loadClient();
    backend ??= connectBackend(servers.backend());
    return (as ? backend.onBehalfOf(as) : backend) as unknown as Groups;
  }

  async function find(method: DescMethod) {
    const calls = (await groupsFor(method))[groups[method.parent.name] ?? ''];
    const found = calls?.[method.localName];
    if (!found) throw new Error(`The client library has no call ${method.name}.`);
    return found;
  }

  return {
    /** Calls a method. @throws EWalletError as the client library does, UsageError when the request does not fit. */
    async call(method: DescMethod, request: RequestJson): Promise<ApiReply> {
      const call = await find(method);
      const { registrationKey } = accessOf(method);
      const options = registrationKey ? { ...callOptions, ...servers.registration() } : callOptions;
      const reply = await call(toRequest(method.input, request), options);
      const { replayed = false } = reply as { replayed?: boolean };
      return { reply: fromReply(method.output, reply), replayed };
    },
    /** Watches, through whatever happens to the connection, for as long as it is read. */
    async *watch(method: DescMethod, request: RequestJson): AsyncGenerator<RequestJson> {
      const call = await find(method);
      const events = call(toRequest(method.input, request), { ...callOptions, onReopen });
      for await (const event of events as unknown as AsyncIterable<object>) {
        yield fromReply(method.output, event);
      }
    },
    /** Sends orders down one stream and gives their answers as they settle. */
    async *payments(
      method: DescMethod,
      orders: AsyncIterable<RequestJson>,
    ): AsyncGenerator<PaymentAnswer> {
      const call = await find(method);
      async function* requests(): AsyncGenerator<PaymentRequest> {
        for await (const order of orders) yield toRequest(method.input, order) as PaymentRequest;
      }
      const answers = call(requests(), { ...callOptions, onReopen });
      yield* answers as unknown as AsyncIterable<PaymentAnswer>;
    },
    /** Fetches tokens where there are none. */
    async beginSession(): Promise<void> {
      await (await getProgram()).sessions.keepSessionTokenAlive({}, callOptions);
    },
    /** Replaces the session token and keeps the logins. */
    async rotate(): Promise<void> {
      await (await getProgram()).rotate();
    },
    /** Closes the connections after what is under way. */
    async close(): Promise<void> {
      await Promise.all([program, backend, operator].map((connected) => connected?.close()));
    },
  };
}
