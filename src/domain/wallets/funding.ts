import type { Caller } from '../../model/caller.js';
import type { Operation, OperationDraft } from '../../model/ledger.js';
import type { Master, MasterTerms } from '../../model/master.js';
import { systemAccountId } from '../../model/system-accounts.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import { findMaster } from '../../storage/masters.js';
import type { Audit } from '../audit/audit.js';
import type { Committer } from '../ledger/committer.js';
import { hashRequest, type MoneyRequest, settleRequest } from '../ledger/money-request.js';
import { notFound } from '../not-found.js';
import { refusalError } from './refusals.js';

/** The outcome of an operator's operation on a master's pool. */
export type PoolOutcome = { readonly operation: Operation; readonly replayed: boolean };

/** Which master, by which request, and who asks: the service itself when nobody is named. */
export type FundingInput = {
  readonly requestId: Buffer;
  readonly masterId: bigint;
  readonly caller?: Caller;
};

/** What the operator does to the pools of masters. Each is recorded in the audit trail in its own transaction. */
export type Funding = {
  /**
   * Adds credits to the pool.
   *
   * @throws MASTER_NOT_FOUND, REQUEST_ID_REUSED, BALANCE_LIMIT_EXCEEDED, and what {@link Committer.submit} throws
   */
  fund(
    input: FundingInput & { credits: bigint; notes: string },
    signal?: AbortSignal,
  ): Promise<PoolOutcome>;
  /**
   * Sets all terms of a master, the floor of its pool with them.
   *
   * @throws MASTER_NOT_FOUND, REQUEST_ID_REUSED, and what {@link Committer.submit} throws
   */
  setTerms(
    input: FundingInput & { terms: MasterTerms },
    signal?: AbortSignal,
  ): Promise<PoolOutcome & { master: Master }>;
};

/** Request ids of the operator are a scope of their own. */
const OPERATOR_SCOPE = 0n;

/** Operations of the operator name no user. */
const OPERATOR = { userId: null, sessionId: null, keyId: null };

/** Creates the use cases. `instanceNumber` chooses the slot of the issuer's account. */
export function createFunding(deps: {
  db: Database;
  ids: Ids;
  committer: Committer;
  audit: Audit;
  instanceNumber: bigint;
}): Funding {
  async function getMaster(id: bigint): Promise<Master> {
    const master = await findMaster(deps.db.knex, id);
    if (master) return master;
    throw notFound('master', id);
  }

  async function settle(
    request: MoneyRequest,
    master: Master,
    act: { readonly kind: 'MASTER_FUNDED' | 'MASTER_TERMS_SET'; readonly caller?: Caller },
    rest: Pick<OperationDraft, 'movements' | 'changes' | 'credits' | 'notes' | 'terms'>,
    signal?: AbortSignal,
  ): Promise<PoolOutcome> {
    const { settled } = await settleRequest(deps.db, request, async () => {
      const id = await deps.ids.next();
      const accountId = master.poolAccountId;
      const { caller = null, kind } = act;
      const audit = await deps.audit.prepare(caller, { kind, masterId: master.id });
      const draft = { ...request, id, accountId, actor: OPERATOR, audit, ...rest };
      return deps.committer.submit(draft, signal);
    });
    if (settled.operation.refusal) throw refusalError(settled.operation, settled.replayed);
    return settled;
  }

  return {
    async fund({ requestId, masterId, credits, notes, caller }, signal) {
      const master = await getMaster(masterId);
      const issuer = systemAccountId('ISSUER_CREDIT', deps.instanceNumber);
      const pool = master.poolAccountId;
      const request = requestOf('FUND', requestId, [masterId, credits, notes]);
      const movements = [{ debit: issuer, credit: pool, unit: 'CREDIT' as const, amount: credits }];
      const act = { kind: 'MASTER_FUNDED' as const, ...(caller && { caller }) };
      return settle(request, master, act, { movements, changes: [], credits, notes }, signal);
    },
    async setTerms({ requestId, masterId, terms, caller }, signal) {
      const { funding, creditLimit, selfSupply } = terms;
      const parts = [masterId, funding, creditLimit, selfSupply ? 1 : 0];
      const request = requestOf('TERMS', requestId, parts);
      const master = await getMaster(masterId);
      const changes = [{ account: master.poolAccountId, floor: -creditLimit }];
      const outcome = await settle(
        request,
        master,
        { kind: 'MASTER_TERMS_SET', ...(caller && { caller }) },
        { movements: [], changes, credits: 0n, terms: { masterId, ...terms } },
        signal,
      );
      return { ...outcome, master: await getMaster(masterId) };
    },
  };
}

function requestOf(
  kind: 'FUND' | 'TERMS',
  requestId: Buffer,
  parts: readonly (bigint | number | string)[],
): MoneyRequest {
  return { kind, scope: OPERATOR_SCOPE, requestId, requestHash: hashRequest(kind, parts) };
}
