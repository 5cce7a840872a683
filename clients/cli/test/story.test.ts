import { expect, test } from 'vitest';
import { startServer } from '../../stand/test-servers.js';
import { createPerson } from './support/run-cli.js';
import { balanceOf, openShop, password, settle } from './support/shop.js';

type Operation = { operation: { operationId: string; balanceCredits: string; requestId: string } };
type Records = { transferRecords: { credits: string; direction: string; notes: string }[] };
type Verdict = { verified: boolean; entryCount: string };

const server = startServer();

test('the whole story of a payment, by the program alone', async () => {
  const env = { EWALLET_PASSWORD: password };
  const { address, operatorAddress, registrationKey, operatorKey } = await server;
  const using = ['use', 'shop', '--address', address, '--operator-address', operatorAddress];
  const owner = createPerson();
  await owner.must(using);
  const keys = { registration: registrationKey, operator: operatorKey };
  for (const [kind, key] of Object.entries(keys)) {
    await owner.must(['profile', 'set-key', kind, '--key-stdin'], { input: `${key}\n` });
  }
  type Master = { acquireKey: string };
  const creating = ['master', 'create', 'Shop', 'shop@example.com', '--save-keys'];
  const { acquireKey } = await owner.json<Master>(creating, { env });
  async function register(name: string) {
    const person = createPerson();
    await person.must(using);
    const acquiring = { env: { EWALLET_ACQUIRE_KEY: acquireKey } };
    await person.must(['master', 'acquire', 'shop@example.com'], acquiring);
    const email = `${name}@example.com`;
    const created = await person.json<{ account: { accountId: string } }>(
      ['account', 'create', name, email],
      { env },
    );
    await person.must(['login', email, '--password-stdin'], { input: `${password}\n` });
    return { ...person, email, accountId: created.account.accountId };
  }
  const [alice, bob] = await Promise.all([register('alice'), register('bob')]);
  await owner.must(['supply', '500', '--cost-per-credit', '0.10 EUR', '--as', alice.accountId]);
  const paying = ['pay', bob.email, '120', '--notes', 'two tickets'];
  const paid = await alice.json<Operation>(paying);
  expect(paid.operation.balanceCredits).toBe('380');

  // The reply could have been lost: the same again, with its request id.
  const repeated = await alice.run([...paying, '--request-id', paid.operation.requestId, '--json']);
  expect(JSON.parse(repeated.stdout)).toMatchObject({
    operation: { operationId: paid.operation.operationId },
  });
  expect(repeated.stderr).toContain('done before');
  await bob.must(['transfer', alice.accountId, '20']);
  expect([await balanceOf(alice), await balanceOf(bob)]).toEqual(['400', '100']);

  const overdraft = await bob.run(['pay', alice.email, '1000']);
  expect(overdraft).toMatchObject({ code: 5, stdout: '' });
  expect(overdraft.stderr).toContain('INSUFFICIENT_CREDITS');
  expect(overdraft.stderr).toContain('ewallet supply');

  const { transferRecords } = await alice.json<Records>(['records', 'transfer']);
  expect(transferRecords.map(({ direction, credits }) => [direction, credits])).toEqual([
    ['DIRECTION_INCOMING', '20'],
    ['DIRECTION_OUTGOING', '120'],
    ['DIRECTION_INCOMING', '500'],
  ]);
  expect(transferRecords[1]?.notes).toBe('two tickets');
  const verdict = await owner.json<Verdict>(['verify']);
  expect(verdict.verified).toBe(true);
  expect(Number(verdict.entryCount)).toBeGreaterThan(0);
});

test('prepaid time, by the program alone', async () => {
  const { alice } = await openShop(await server);
  type Clock = { clock: { timerState: string; remaining: string } };
  const filled = await alice.json<Clock>(['clock', 'fill', '10']);
  expect(filled.clock).toMatchObject({ timerState: 'TIMER_STATE_INACTIVE', remaining: '600s' });
  const started = await alice.json<Clock>(['clock', 'start']);
  expect(started.clock.timerState).toBe('TIMER_STATE_ACTIVE');
  const twice = await alice.run(['clock', 'start']);
  expect(twice.code).toBe(5);
  expect(twice.stderr).toContain('ewallet clock pause');
  await alice.must(['clock', 'pause']);
  await alice.must(['clock', 'resume']);
  await alice.must(['clock', 'stop']);
  const emptied = await alice.json<{ balanceCredits: string }>(['clock', 'empty']);
  expect(emptied.balanceCredits).toBe('499');
  expect(await alice.must(['records', 'time'])).toMatch(
    /^time_record_id\t.*\ntmr_\S+\t.*\tuser\n$/,
  );
});

test('a master, its keys and its users, by the program alone', async () => {
  const { owner, masterEmail, alice } = await openShop(await server);
  await owner.must(['master', 'login', masterEmail], { env: { EWALLET_PASSWORD: password } });
  type Keys = { masterKey: { masterKeyId: string }; key: string };
  const { masterKey, key } = await owner.json<Keys>(['master', 'create-key', 'backend', 'till']);
  expect(key.length).toBeGreaterThan(30);
  await owner.must(['master', 'edit', '--company', 'Shop & Sons', '--phone', '123']);
  const { master } = await owner.json<{ master: { company: string; phone: string } }>([
    'master',
    'get',
    '--backend',
  ]);
  expect(master).toMatchObject({ company: 'Shop & Sons', phone: '123' });
  const refused = await owner.run(['master', 'revoke-key', masterKey.masterKeyId]);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('--yes');
  await owner.must(['master', 'revoke-key', masterKey.masterKeyId, '--yes']);
  const users = await owner.must(['master', 'users', '--all', '--columns', 'email', '--backend']);
  expect(users.trimEnd().split('\n')).toContain(alice.email);
  await owner.must(
    ['master', 'reset-password', alice.accountId, '--new-password-stdin', '--backend'],
    {
      input: 'another-horse-2\n',
    },
  );
  expect((await alice.run(['wallet', 'get'])).code).toBe(3);
  await alice.must(['login', alice.email, '--password-stdin'], { input: 'another-horse-2\n' });
});

test("the operator's tools, by the program alone", async () => {
  const { owner, masterId, alice, bob } = await openShop(await server);
  await owner.must(['system', 'freeze-master', masterId, '--yes']);
  const frozen = await alice.run(['pay', bob.email, '1']);
  expect(frozen.code).toBe(5);
  expect(frozen.stderr).toContain('Ask the');
  await owner.must(['system', 'unfreeze-master', masterId]);
  await owner.must(['system', 'fund-master', masterId, '1000']);
  await owner.must(['system', 'set-terms', masterId, '--funding', 'prepay', '--self-supply']);
  await alice.must(['supply', '5', '--cost-per-credit', '0.10 EUR']);
  expect(await owner.must(['system', 'cleaners'])).toContain('client-tokens');
  expect(await owner.must(['workers', 'list'])).toMatch(/\nwrk_/);
  const log = ['issue', 'report', 'It broke', '--log', '-', '--details', 'first', 'second'];
  await alice.must(log, { input: 'line of a log' });
  const { issueReports } = await owner.json<{ issueReports: { issueReportId: string }[] }>([
    'system',
    'issues',
  ]);
  const report = await owner.must(['system', 'issue', issueReports[0]?.issueReportId ?? '']);
  expect(report).toContain('issue_report.details\tfirst,second');
  const audit = await owner.must([
    'system',
    'audit',
    '--kind',
    'master-frozen',
    '--columns',
    'kind,master-id',
  ]);
  expect(audit).toBe(`kind\tmaster_id\nmaster-frozen\t${masterId}\n`);
});

test('a session that was lost is opened again; the login is told to be lost, or made again by a program', async () => {
  const { alice } = await openShop(await server);
  await alice.must(['session', 'end']);
  const lost = await alice.run(['wallet', 'get']);
  expect(lost.code).toBe(3);
  expect(lost.stderr).toContain('ewallet login');
  await alice.must(['wallet', 'get'], { env: { EWALLET_PASSWORD: password } });
  await alice.must(['session', 'rotate']);
  await alice.must(['wallet', 'get']);
  const stranger = settle(createPerson(), await server);
  const status = await stranger.json<{ registered: boolean }>(['session', 'token-status'], {
    env: { EWALLET_SESSION_TOKEN: 'nobody-knows-it' },
  });
  expect(status.registered).toBe(false);
});
