import { randomBytes, randomUUID } from 'node:crypto';
import { ClientError, createChannel, createClient, Metadata, Status } from 'nice-grpc';
import { SystemServiceDefinition } from '../generated/ewallet/system/v1/system_service.js';
import { AccountServiceDefinition } from '../generated/ewallet/v1/account_service.js';
import {
  type InvoiceRecord,
  InvoiceSheetServiceDefinition,
} from '../generated/ewallet/v1/invoice_sheet_service.js';
import { MasterServiceDefinition } from '../generated/ewallet/v1/master_service.js';
import { SessionServiceDefinition } from '../generated/ewallet/v1/session_service.js';
import {
  Direction,
  type TransferRecord,
  TransferSheetServiceDefinition,
} from '../generated/ewallet/v1/transfer_sheet_service.js';
import { WalletServiceDefinition } from '../generated/ewallet/v1/wallet_service.js';
import { developmentSecrets } from '../src/config.js';
import { findOrStartServer } from './demo-server.js';

/*
 * The whole story of a payment, as a user's program would tell it. Every call below is one that such a program makes;
 * nothing reaches behind the API.
 */

const server = await findOrStartServer();
const channel = createChannel(server.publicAddress);
const operatorChannel = createChannel(server.operatorAddress);
const sessions = createClient(SessionServiceDefinition, channel);
const masters = createClient(MasterServiceDefinition, channel);
const accounts = createClient(AccountServiceDefinition, channel);
const wallets = createClient(WalletServiceDefinition, channel);
const transferSheets = createClient(TransferSheetServiceDefinition, channel);
const invoiceSheets = createClient(InvoiceSheetServiceDefinition, channel);
const system = createClient(SystemServiceDefinition, operatorChannel);

let stepNumber = 0;

/** Says what happens next, and what came of it. */
async function step<T>(
  what: string,
  run: () => Promise<T>,
  tell: (result: T) => string,
): Promise<T> {
  stepNumber += 1;
  const result = await run();
  console.log(`${String(stepNumber).padStart(2)}. ${what}\n    ${tell(result)}`);
  return result;
}

type Login = { metadata: Metadata; email: string; accountId: string };

/** What a client program sends with every call. */
function credentials(clientId: string, sessionToken = ''): Metadata {
  const metadata = Metadata({ 'ewallet-client-id': clientId });
  return sessionToken ? metadata.set('authorization', `Bearer ${sessionToken}`) : metadata;
}

async function openSession(): Promise<Metadata> {
  const { clientId } = await sessions.requestClientId({});
  const metadata = credentials(clientId);
  const { sessionToken } = await sessions.requestSessionToken({}, { metadata });
  return credentials(clientId, sessionToken);
}

async function tellStory(): Promise<boolean> {
  const suffix = randomBytes(4).toString('hex');
  const password = `Demo-${randomBytes(6).toString('hex')}-1`;
  console.log(`A payment on ${server.origin} (${server.publicAddress}).\n`);

  const metadata = await step('Ask for a client token and a session token.', openSession, () => {
    return 'Both travel in the metadata of every later call.';
  });
  const master = await step(
    'Register a master: the business whose customers get wallets.',
    () =>
      masters.createMaster(
        { name: `Demo shop ${suffix}`, email: `shop-${suffix}@example.com`, password },
        { metadata },
      ),
    (reply) =>
      `${reply.master?.masterId}, with an acquire key for its programs and a backend key for its servers.`,
  );

  async function register(name: string): Promise<Login> {
    const email = `${name}-${suffix}@example.com`.toLowerCase();
    return step(
      `Open a session for ${name}, acquire the master, register and log in.`,
      async () => {
        const own = await openSession();
        const { acquireKey } = master;
        await masters.acquireMaster(
          { email: `shop-${suffix}@example.com`, acquireKey },
          { metadata: own },
        );
        const profile = { name: `${name} ${suffix}`, email, password };
        const { account } = await accounts.createAccount(profile, { metadata: own });
        await accounts.login({ email, password }, { metadata: own });
        return { metadata: own, email, accountId: account?.accountId ?? '' };
      },
      ({ accountId }) => `${name} is ${accountId}, with an empty wallet.`,
    );
  }
  const alice = await register('Alice');
  const bob = await register('Bob');

  await step(
    "The master's backend supplies 500 credits to Alice, at 0.10 EUR each.",
    () =>
      wallets.supplyCredits(
        {
          requestId: randomUUID(),
          credits: 500n,
          costPerCredit: { currencyCode: 'EUR', units: 0n, nanos: 100_000_000 },
          notes: 'first top-up',
        },
        {
          metadata: Metadata({
            'ewallet-backend-key': master.backendKey,
            'ewallet-on-behalf-of': alice.accountId,
          }),
        },
      ),
    ({ operation }) => `Alice has ${operation?.balanceCredits} credits.`,
  );

  const payment = {
    requestId: randomUUID(),
    payee: { $case: 'payeeEmail' as const, value: bob.email },
    credits: 120n,
    notes: 'two tickets',
  };
  const paid = await step(
    'Alice pays 120 credits to Bob.',
    () => wallets.payCredits(payment, { metadata: alice.metadata }),
    ({ operation }) =>
      `${operation?.operationId}: Alice has ${operation?.balanceCredits} credits left.`,
  );
  await step(
    'The reply could have been lost: Alice sends the same payment again, with its request id.',
    async () => {
      let replayed = false;
      const reply = await wallets.payCredits(payment, {
        metadata: alice.metadata,
        onTrailer: (trailer) => {
          replayed = trailer.get('ewallet-replayed') === 'true';
        },
      });
      if (!replayed) throw new Error('The retry was not recognised.');
      if (reply.operation?.operationId !== paid.operation?.operationId)
        throw new Error('Paid twice.');
      return reply;
    },
    ({ operation }) =>
      `${operation?.operationId} again, marked as replayed: paid once, ${operation?.balanceCredits} credits left.`,
  );
  await step(
    'Bob transfers 20 credits back, without an invoice.',
    () =>
      wallets.transferCredits(
        {
          requestId: randomUUID(),
          payee: { $case: 'payeeAccountId', value: alice.accountId },
          credits: 20n,
        },
        { metadata: bob.metadata },
      ),
    ({ operation }) => `Bob has ${operation?.balanceCredits} credits.`,
  );
  await step(
    'Bob tries to pay 1,000 credits, more than he has.',
    async () => {
      try {
        await wallets.payCredits(
          {
            requestId: randomUUID(),
            payee: { $case: 'payeeEmail', value: alice.email },
            credits: 1_000n,
          },
          { metadata: bob.metadata },
        );
      } catch (error) {
        if (error instanceof ClientError && error.code === Status.FAILED_PRECONDITION) return error;
        throw error;
      }
      throw new Error('An overdraft was not refused.');
    },
    (error) => `Refused: ${error.details}`,
  );

  for (const [name, login] of Object.entries({ Alice: alice, Bob: bob }))
    await showWallet(name, login);
  return showVerdict();
}

async function showWallet(name: string, { metadata }: Login): Promise<void> {
  const { wallet } = await wallets.getWallet({}, { metadata });
  const { transferRecords } = await transferSheets.listTransferRecords({}, { metadata });
  const { invoiceRecords } = await invoiceSheets.listInvoiceRecords({}, { metadata });
  console.log(`\n${name}: ${wallet?.balanceCredits} credits in ${wallet?.walletId}`);
  for (const record of transferRecords) console.log(`    ${describeTransfer(record)}`);
  for (const record of invoiceRecords) console.log(`    ${describeInvoice(record)}`);
}

function describeTransfer(record: TransferRecord): string {
  const sign = record.direction === Direction.DIRECTION_INCOMING ? '+' : '-';
  const party = record.payerMasterId || `${record.payerAccountId} to ${record.payeeAccountId}`;
  const notes = record.notes ? ` "${record.notes}"` : '';
  return `transfer ${record.transferRecordId}  ${sign}${record.credits} = ${record.balanceCredits}  ${party}${notes}`;
}

function describeInvoice(record: InvoiceRecord): string {
  const seller = record.sellerMasterId || record.sellerAccountId;
  return `invoice  ${record.invoiceRecordId}  ${record.credits} credits  seller ${seller}`;
}

async function showVerdict(): Promise<boolean> {
  const key = process.env.EWALLET_OPERATOR_KEY ?? developmentSecrets.operatorKey;
  const verdict = await system.verifyLedger(
    {},
    { metadata: Metadata({ authorization: `Bearer ${key}` }) },
  );
  console.log(
    `\n${verdict.accountCount} ledger accounts, ${verdict.entryCount} entries and ${verdict.operationCount} operations read: ` +
      (verdict.verified ? 'ledger verified' : `${verdict.differenceCount} differences`),
  );
  return verdict.verified;
}

try {
  process.exitCode = (await tellStory()) ? 0 : 1;
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  channel.close();
  operatorChannel.close();
  await server.leave();
}
