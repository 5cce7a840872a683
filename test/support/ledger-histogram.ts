import type { OperationDraft } from '../../src/model/ledger.js';
import { type ModelBook, type ModelOutcome, modelFind } from './ledger-model.js';

/** What the runs came across, for the log. */
export const histogram = new Map<string, number>();
/** Counts one more. */
export function count(what: string): void {
  histogram.set(what, (histogram.get(what) ?? 0) + 1);
}

/** The drafts of a sequence with the model's answers, cut into batches; each batch has its own reading of the clock. */
export type Expected = {
  book: ModelBook;
  outcomes: ModelOutcome[];
  batches: { drafts: OperationDraft[]; now: number }[];
};

/** Counts what a sequence came to. */
export function countOutcomes({ batches, outcomes, book }: Expected): void {
  const batchOf = batches.flatMap(({ drafts }, batch) => drafts.map(() => batch));
  const drafts = batches.flatMap((batch) => batch.drafts);
  const firstBatch = new Map<bigint, number>();
  for (const [index, outcome] of outcomes.entries()) {
    const draft = drafts[index];
    const batch = batchOf[index] ?? 0;
    if (outcome.kind === 'decided') {
      firstBatch.set(outcome.operation, batch);
      count(outcome.refusal ? `refused ${outcome.refusal.code}` : 'applied');
      count(`movements ${draft?.movements.length}`);
      if ((draft?.changes.length ?? 0) > 0) count(outcome.refusal ? 'change refused' : 'changed');
      if ((draft?.movements.length ?? 0) > 1) {
        count(`${outcome.refusal ? 'refused' : 'applied'} with several movements`);
      }
    } else {
      const where = firstBatch.get(outcome.operation) === batch ? 'same batch' : 'earlier batch';
      count(`${outcome.kind} from the ${where}`);
    }
    if (draft && outcome.kind === 'decided' && !outcome.refusal) countDrains(draft, outcome);
    if (draft?.movements.some(({ amount }) => amount === 10n ** 16n)) count('amount 10^16');
    if (draft?.movements.some(({ amount }) => amount === 1n)) count('amount 1');
    for (const { account, balance } of outcome.sides) {
      const { kind = '' } = modelFind(book, account) ?? {};
      if (balance === 0n) count('balance exactly 0');
      if (balance < 0n) count('balance below 0');
      if (kind === 'WALLET' && balance === 10n ** 16n) count('wallet exactly at its ceiling');
      if (balance === -9n * 10n ** 18n) count('system account exactly at its floor');
      if (balance === 9n * 10n ** 18n) count('system account exactly at its ceiling');
    }
  }
  count(`batches ${batches.length > 9 ? '10 or more' : batches.length}`);
}

function countDrains(draft: OperationDraft, { sides, changes }: ModelOutcome): void {
  if (changes.length < draft.changes.length) count('change left out');
  for (const { account } of draft.drains ?? []) {
    const side = sides.findIndex((found, index) => {
      return index >= 2 * draft.movements.length && found.account === account;
    });
    if (side < 0) count('drained nothing');
    else count(side % 2 === 0 ? 'drained credits or time' : 'drained a debt');
    if (changes.some((change) => change.account === account && change.state === 'CLOSED')) {
      count('drained and closed');
    }
  }
}

/** What the sequences must come across. */
export const REACHED = [
  'applied',
  'refused ACCOUNT_MISSING',
  'refused ACCOUNT_CLOSED',
  'refused ACCOUNT_FROZEN',
  'refused ACCOUNT_NOT_LEAVING',
  'refused BALANCE_LEFT',
  'refused BELOW_FLOOR',
  'refused ABOVE_CEILING',
  'refused with several movements',
  'applied with several movements',
  'replayed from the same batch',
  'replayed from the earlier batch',
  'reused from the same batch',
  'reused from the earlier batch',
  'changed',
  'change refused',
  'change left out',
  'drained credits or time',
  'drained a debt',
  'drained nothing',
  'drained and closed',
  'amount 1',
  'amount 10^16',
  'balance exactly 0',
  'balance below 0',
  'wallet exactly at its ceiling',
  'system account exactly at its floor',
  'system account exactly at its ceiling',
];
