import { expect, test } from 'vitest';
import { createParties } from '../../src/domain/wallets/parties.js';
import { createSupply } from '../../src/domain/wallets/supply.js';
import { anonymousCaller, type UserCaller } from '../../src/model/caller.js';
import { createIds } from '../../src/storage/ids.js';
import { createFakeTime } from '../support/fake-time.js';
import { ISSUER, nextId, openAccounts } from '../support/ledger-book.js';
import { createCommitterOn } from '../support/ledger-committers.js';
import { paymentDraft, requestIdFor } from '../support/ledger-drafts.js';
import { openTestDatabase } from '../support/test-database.js';

const SUPPLY = { walletId: null, credits: 5n, notes: '', cost: null };

test('a supply that happened is told again after the terms stopped allowing it', async () => {
  const db = await openTestDatabase();
  const committer = createCommitterOn(db);
  const ids = createIds(db);
  const [wallet = 0n] = await openAccounts(db, 1);
  const [pool = 0n] = await openAccounts(db, 1, { kind: 'POOL' });
  await db.knex('wallets').insert({
    id: wallet,
    user_id: 8n,
    master_id: 7n,
    reference: '',
    create_time: 0,
    update_time: 0,
  });
  await committer.submit(paymentDraft(nextId(), ISSUER, pool, 100n));
  const { supply } = createSupply({
    db,
    ids,
    committer,
    time: createFakeTime(),
    parties: createParties(db),
    settings: { clockMsPerCredit: 60_000 },
  });
  const callerWith = (selfSupply: boolean): UserCaller => ({
    ...anonymousCaller('here'),
    user: { id: 8n, masterId: 7n, activeWalletId: wallet, unlinkTime: null },
    master: { id: 7n, poolAccountId: pool, selfSupply, frozenTime: null, unlinkTime: null },
  });

  const request = { ...SUPPLY, requestId: requestIdFor(nextId()) };
  const first = await supply(callerWith(true), request);
  const again = await supply(callerWith(false), request);
  expect(again).toMatchObject({ operation: first.operation, replayed: true });
  await expect(
    supply(callerWith(false), { ...SUPPLY, requestId: requestIdFor(nextId()) }),
  ).rejects.toMatchObject({ reason: 'SELF_SUPPLY_DISABLED' });
  await expect(supply(callerWith(false), { ...request, credits: 6n })).rejects.toMatchObject({
    reason: 'REQUEST_ID_REUSED',
  });
});
