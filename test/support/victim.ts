import { formatId, type IdKind, parseId } from '../../src/model/public-id.js';
import { as, type CallerCredentials } from './clients.js';
import { clockCalls } from './clocks.js';
import { makeMaster, makeUser, openAcquiredSession } from './people.js';
import type { TestServer } from './start-server.js';

/** A tenant with one of everything: what nobody else may tell from what is not there. */
export type Victim = {
  /** Its public ids, by kind. */
  readonly ids: ReadonlyMap<IdKind, string>;
  /** Its user and its backend. */
  readonly owners: readonly CallerCredentials[];
};

/** Makes a tenant with users that paid one another. */
export async function makeVictim(server: TestServer): Promise<Victim> {
  const { accounts, contacts, masters, wallets } = server.clients;
  const master = await makeMaster(server);
  const { backendKey } = master;
  const session = await openAcquiredSession(server, master);
  const user = await makeUser(server, session);
  const payee = await makeUser(server, session);
  await accounts.login(user, as(session));
  const { email, acquireKey } = master;
  const { clientTokenId } = await masters.acquireMaster({ email, acquireKey }, as(session));
  const backend = { backendKey, onBehalfOf: user.accountId };
  const credits = 10n;
  await wallets.supplyCredits({ requestId: crypto.randomUUID(), credits }, as(backend));
  const { operation } = await wallets.payCredits(
    {
      requestId: crypto.randomUUID(),
      payee: { $case: 'payeeAccountId', value: payee.accountId },
      credits,
    },
    as(backend),
  );
  const operationId = parseId('operation', operation?.operationId ?? '') ?? 0n;
  const { contactRecord } = await contacts.createContactRecord({ name: 'Friend' }, as(backend));
  const { masterKeys } = await masters.listMasterKeys({}, as({ backendKey }));
  const sheetOf = async (kind: 'TRANSFER' | 'INVOICE'): Promise<bigint> => {
    const owner = String(parseId('wallet', user.walletId));
    return (await server.db.knex('sheets').where({ owner_id: owner, kind }).first('id')).id;
  };
  const { clock } = await server.clients.clocks.getClock({}, as(backend));
  const calls = clockCalls(server, backend);
  await wallets.supplyCredits({ requestId: crypto.randomUUID(), credits }, as(backend));
  const { conversionRecord } = await calls.fill(1n);
  await calls.start();
  const { timeRecord } = await calls.stop();
  return {
    ids: new Map<IdKind, string>([
      ['account', user.accountId],
      ['master', master.masterId],
      ['wallet', user.walletId],
      ['clock', clock?.clockId ?? ''],
      ['timeSheet', clock?.activeTimeSheetId ?? ''],
      ['conversionSheet', clock?.activeConversionSheetId ?? ''],
      ['conversionRecord', conversionRecord?.conversionRecordId ?? ''],
      ['timeRecord', timeRecord?.timeRecordId ?? ''],
      ['clientToken', clientTokenId],
      ['contactList', contactRecord?.contactListId ?? ''],
      ['contactRecord', contactRecord?.contactRecordId ?? ''],
      ['masterKey', masterKeys[0]?.masterKeyId ?? ''],
      ['transferRecord', formatId('transferRecord', operationId)],
      ['invoiceRecord', formatId('invoiceRecord', operationId)],
      ['transferSheet', formatId('transferSheet', await sheetOf('TRANSFER'))],
      ['invoiceSheet', formatId('invoiceSheet', await sheetOf('INVOICE'))],
    ]),
    owners: [session, { backendKey }, backend],
  };
}
