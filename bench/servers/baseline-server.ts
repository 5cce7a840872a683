import { createPool, type PoolConnection } from 'mysql2/promise';
import { createServer, ServerError, Status } from 'nice-grpc';
import { OperationKind } from '../../generated/ewallet/v1/operation.js';
import {
  type PayCreditsRequest,
  PayCreditsResponse,
  WalletServiceDefinition,
} from '../../generated/ewallet/v1/wallet_service.js';
import { requestIdOf } from '../../src/domain/ledger/money-request.js';
import type { Operation } from '../../src/model/ledger.js';
import { formatId, parseId } from '../../src/model/public-id.js';
import { toTimestamp } from '../../src/transport/convert.js';
import { driverOptions, prepareConnection, reserveIds } from './mysql-driver.js';
import { payInOneTransaction } from './one-payment.js';
import { announceReady, startArgument } from './parent.js';
import { draftPayment, listWallets } from './payment-draft.js';

/*
 * What one would write by hand: each payment is a transaction of its own, on a pool of connections. The schema, the rows
 * written, the driver and the gRPC library are the service's. In its favour it checks no credentials, reads nothing but
 * what it locks (wallets and sheets are in memory), and answers with the operation only.
 */

const { databaseUrl, connections } = startArgument<{ databaseUrl: string; connections: number }>();
const PASSING: ReadonlySet<number> = new Set([1205, 1213]);
const ATTEMPTS = 20;

const pool = createPool({ ...driverOptions(databaseUrl), connectionLimit: connections });
const first = await pool.getConnection();
let nextId = await reserveIds(first);
const wallets = new Map((await listWallets(first)).map((wallet) => [wallet.userId, wallet]));
first.destroy();
const prepared = new WeakSet<object>();

async function withConnection<T>(work: (connection: PoolConnection) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection();
  try {
    if (!prepared.has(connection.connection)) await prepareConnection(connection);
    prepared.add(connection.connection);
    return await work(connection);
  } finally {
    connection.release();
  }
}

async function pay(request: PayCreditsRequest, payerId: string): Promise<Operation> {
  const payeeId = request.payee?.$case === 'payeeAccountId' ? request.payee.value : '';
  const payer = wallets.get(parseId('account', payerId) ?? 0n);
  const payee = wallets.get(parseId('account', payeeId) ?? 0n);
  if (!payer || !payee) throw new ServerError(Status.NOT_FOUND, 'No such account.');
  const requestId = requestIdOf(request.requestId);
  nextId += 1n;
  const draft = draftPayment(nextId, requestId, payer, payee, request.credits);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withConnection((connection) => payInOneTransaction(connection, draft));
    } catch (error) {
      const { errno } = error as { errno?: number };
      if (errno === undefined || !PASSING.has(errno) || attempt === ATTEMPTS) throw error;
    }
  }
}

function toReply(request: PayCreditsRequest, operation: Operation): PayCreditsResponse {
  return PayCreditsResponse.fromPartial({
    operation: {
      operationId: formatId('operation', operation.id),
      requestId: request.requestId,
      kind: OperationKind.OPERATION_KIND_PAYMENT,
      walletId: formatId('wallet', operation.accountId),
      credits: operation.credits,
      balanceCredits: operation.balance,
      createTime: toTimestamp(operation.createTime),
    },
  });
}

const { payCredits } = WalletServiceDefinition.methods;
const definition = { ...WalletServiceDefinition, methods: { payCredits } } as const;
const server = createServer();
server.add(definition, {
  async payCredits(request, { metadata }) {
    return toReply(request, await pay(request, metadata.get('ewallet-on-behalf-of') ?? ''));
  },
});
const port = await server.listen('127.0.0.1:0');
announceReady({ address: `127.0.0.1:${port}` });
