import fc from 'fast-check';
import { expect } from 'vitest';
import { evaluate, requestKey } from '../../src/domain/ledger/evaluate.js';
import { NEW_TIMER, remaining, settle, timerMisfit } from '../../src/model/clock.js';
import type { ClockTimer, TimeRecord } from '../../src/model/clockwork.js';
import type {
  Decision,
  LedgerAccount,
  Operation,
  OperationDraft,
  OperationKind,
} from '../../src/model/ledger.js';
import { type ClockEvent, type Command, refusalOf, replayClock } from './clock-model.js';
import { accountWith, draftWith, requestHashFor, requestIdFor } from './ledger-drafts.js';

const WALLET = 1n;
const POOL = 2n;
/** Two clocks of one wallet: a credit buys more on the first. */
const CLOCKS = [
  { id: 11n, rate: 1_000 },
  { id: 12n, rate: 70 },
] as const;
/** The slots of two instances. */
const SLOTS = [0n, 1n] as const;

/** One thing that happens in a history. */
export type ClockStep = {
  readonly act: Command | 'FILL' | 'DRAIN' | 'FREEZE' | 'UNFREEZE' | 'SWEEP' | 'NOTICE' | 'REPEAT';
  readonly clock: 0 | 1;
  readonly instance: 0 | 1;
  /** How far the time moves before it, in milliseconds: it may step back. */
  readonly move: number;
  /** Instead: to this many milliseconds from the end of the timer that runs. */
  readonly near: number | null;
  readonly amount: number;
  /** Whether the request is sent twice at once, its answers having been lost. */
  readonly twice: boolean;
};

/** Random steps; most of them near to one another, some at the very end of a timer. */
export const clockSteps: fc.Arbitrary<ClockStep[]> = fc.array(
  fc.record({
    act: fc.constantFrom<ClockStep['act'][]>(
      ...(['START', 'START', 'START', 'PAUSE', 'RESUME', 'STOP', 'FILL', 'FILL'] as const),
      ...(['DRAIN', 'FREEZE', 'UNFREEZE', 'UNFREEZE', 'SWEEP', 'NOTICE', 'REPEAT'] as const),
    ),
    clock: fc.constantFrom(0, 0, 1) as fc.Arbitrary<0 | 1>,
    instance: fc.constantFrom(0, 1) as fc.Arbitrary<0 | 1>,
    move: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 900 }) },
      { weight: 1, arbitrary: fc.integer({ min: -700, max: -1 }) },
      { weight: 1, arbitrary: fc.constant(3_600_000) },
    ),
    near: fc.option(fc.constantFrom(-1, 0, 1), { nil: null, freq: 3 }),
    amount: fc.integer({ min: 0, max: 3_000 }),
    twice: fc.boolean(),
  }),
  { minLength: 5, maxLength: 40, size: 'max' },
);

/** What the histories of a run have seen, so that none of it is missing. */
export type Seen = Map<string, number>;

/** Runs a history on the evaluation and holds every moment of it against the model. */
export function checkHistory(
  steps: readonly ClockStep[],
  skewMs: number,
  seen: Seen = new Map(),
  run: typeof evaluate = evaluate,
): void {
  const world = createWorld(skewMs, seen, run);
  for (const step of steps) world.take(step);
  world.end();
}

function createWorld(skewMs: number, seen: Seen, run: typeof evaluate) {
  const accounts = new Map<bigint, LedgerAccount>();
  const clocks = new Map<bigint, ClockTimer>();
  const decided = new Map<string, Operation>();
  const events = new Map<bigint, ClockEvent[]>(CLOCKS.map(({ id }) => [id, []]));
  const records: TimeRecord[] = [];
  const drafts: OperationDraft[] = [];
  let noticed: OperationDraft[] = [];
  let time = 1_000_000;
  let next = 100n;

  const add = (part: Parameters<typeof accountWith>[0]) => accounts.set(part.id, accountWith(part));
  add({ id: WALLET, balance: 200n });
  add({ id: POOL, kind: 'POOL', floor: null });
  for (const slot of SLOTS) {
    add({ id: 49n + slot, kind: 'USAGE', unit: 'MILLISECOND', masterId: null, floor: null });
    add({ id: 33n + slot, kind: 'CONVERSION', unit: 'MILLISECOND', masterId: null, floor: null });
    add({ id: 17n + slot, kind: 'CONVERSION', masterId: null, floor: null });
  }
  for (const { id, rate } of CLOCKS) {
    add({ id, kind: 'CLOCK', unit: 'MILLISECOND' });
    const owner = { userId: 21n, walletId: WALLET, msPerCredit: rate };
    clocks.set(id, { id, ...owner, timer: NEW_TIMER, updateTime: 0 });
  }

  const note = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  const accountOf = (id: bigint) => accounts.get(id) as LedgerAccount;
  const timerOf = (id: bigint) => (clocks.get(id) as ClockTimer).timer;

  /** Evaluates a batch and keeps what it leaves, as the committer does. */
  function commit(batch: readonly OperationDraft[], now: number): readonly Decision[] {
    const result = run(batch, { accounts, clocks, decided, now });
    for (const [id, account] of result.changed) accounts.set(id, account);
    for (const [id, clock] of result.changedClocks) clocks.set(id, clock);
    for (const decision of result.decisions) {
      if (decision.kind !== 'decided') continue;
      decided.set(requestKey(decision.operation), decision.operation);
      records.push(...(decision.clocks?.records ?? []));
    }
    return result.decisions;
  }

  function draftOf(
    kind: OperationKind,
    { clock, instance, amount }: ClockStep,
    parts: Partial<OperationDraft> = {},
  ): OperationDraft {
    next += 1n;
    const slot = SLOTS[instance];
    const usage = 49n + slot;
    const slots = { creditAccountId: 17n + slot, timeAccountId: 33n + slot };
    const timeMs = amount % 2 ? BigInt(amount) : null;
    const conversion = { walletId: WALLET, sheetId: null, timeMs, ...slots };
    const converts = kind === 'TO_CLOCK' || kind === 'FROM_CLOCK';
    return draftWith({
      id: next,
      kind,
      accountId: CLOCKS[clock].id,
      clockwork: { usage, timeSheetId: 5n, ...(converts && { conversion }) },
      ...parts,
    });
  }

  function take(step: ClockStep): void {
    const { id } = CLOCKS[step.clock];
    const { runsOutTime } = timerOf(id);
    const skew = step.instance === 1 ? skewMs : 0;
    if (step.near !== null && runsOutTime !== null) {
      time = runsOutTime + step.near - skew;
      note(`${step.act} at the end ${step.near}`);
    } else time += step.move;
    acts[step.act](step, time + skew);
    check(id);
  }

  const acts: Record<ClockStep['act'], (step: ClockStep, now: number) => void> = {
    START: (step, now) => command('START', step, now),
    PAUSE: (step, now) => command('PAUSE', step, now),
    RESUME: (step, now) => command('RESUME', step, now),
    STOP: (step, now) => command('STOP', step, now),
    FILL: fill,
    DRAIN: drain,
    FREEZE: freeze,
    UNFREEZE: unfreeze,
    REPEAT: repeat,
    SWEEP: (step, now) => sweep(due(step, now), now),
    // What another instance has found and settles later, if it is still there then.
    NOTICE: (step, now) => {
      sweep(noticed, now);
      noticed = due(step, now);
    },
  };

  /** Sends a request, perhaps twice, and gives its outcome. It is decided once. */
  function send(draft: OperationDraft, step: ClockStep, now: number): Operation {
    drafts.push(draft);
    next += 1n;
    const again = { ...draft, id: next };
    const decisions = commit(step.twice ? [draft, again] : [draft], now);
    expect(decisions.map(({ kind }) => kind)).toEqual(
      step.twice ? ['decided', 'replayed'] : ['decided'],
    );
    const { operation } = decisions[0] as Decision;
    expect(operation.createTime).toBeGreaterThanOrEqual(now);
    note(`${step.act} ${operation.refusal?.code ?? 'applied'}`);
    return operation;
  }

  function expectOutcome(operation: Operation, expected: string | undefined): boolean {
    expect(operation.refusal?.code).toBe(expected);
    return expected === undefined;
  }

  /** The clock by its history at the time of an operation, and the refusal of its account, if it is frozen. */
  function before(clock: 0 | 1, { createTime }: Operation) {
    const { id } = CLOCKS[clock];
    const model = replayClock(events.get(id) ?? [], createTime);
    return { id, model, frozen: wasFrozen.has(id) ? 'ACCOUNT_FROZEN' : undefined };
  }

  const wasFrozen = new Set<bigint>();
  const push = (id: bigint, event: ClockEvent) => events.get(id)?.push(event);

  function command(kind: Command, step: ClockStep, now: number): void {
    const operation = send(draftOf(kind, step), step, now);
    const { id, model, frozen } = before(step.clock, operation);
    if (!expectOutcome(operation, frozen ?? refusalOf(kind, model))) return;
    push(id, { kind, time: operation.createTime });
  }

  function fill(step: ClockStep, now: number): void {
    const credits = BigInt(1 + (step.amount % 5));
    const enough = accountOf(WALLET).balance >= credits;
    const operation = send(draftOf('TO_CLOCK', step, { credits }), step, now);
    const { id, frozen } = before(step.clock, operation);
    if (!expectOutcome(operation, frozen ?? (enough ? undefined : 'BELOW_FLOOR'))) return;
    const ms = credits * BigInt(CLOCKS[step.clock].rate);
    push(id, { kind: 'ADD', time: operation.createTime, ms });
  }

  function drain(step: ClockStep, now: number): void {
    const operation = send(draftOf('FROM_CLOCK', step), step, now);
    const { id, model, frozen } = before(step.clock, operation);
    const rate = BigInt(CLOCKS[step.clock].rate);
    const asked = step.amount % 2 ? BigInt(step.amount) : model.left;
    const credits = asked > model.left ? 0n : asked / rate;
    if (!expectOutcome(operation, frozen ?? (credits > 0n ? undefined : 'NO_TIME'))) return;
    expect(operation.credits).toBe(credits);
    push(id, { kind: 'TAKE', time: operation.createTime, ms: credits * rate });
  }

  function freeze(step: ClockStep, now: number): void {
    const { id } = CLOCKS[step.clock];
    const draft = draftOf('FREEZE', step, {
      accountId: POOL,
      changes: [{ account: id, state: 'FROZEN', only: { from: ['OPEN'] } }],
    });
    // The account follows a while after its master was frozen.
    const stopTime = now - (step.amount % 3) * 100;
    const clockwork = { usage: 49n, ...draft.clockwork, stopTime };
    const operation = send({ ...draft, clockwork }, step, now);
    expectOutcome(operation, undefined);
    if (wasFrozen.has(id)) return;
    const happened = events.get(id) ?? [];
    const { state } = replayClock(happened, operation.createTime);
    // Not before it was paused, or was settled last: what was charged by then is charged.
    const last = happened.findLast(({ kind }) => state !== 'PAUSED' || kind === 'PAUSE');
    const halt = Math.max(stopTime, last?.time ?? 0);
    const later = happened.findIndex((event) => event.time > halt);
    happened.splice(later < 0 ? happened.length : later, 0, { kind: 'HALT', time: halt });
    wasFrozen.add(id);
  }

  function unfreeze(step: ClockStep, now: number): void {
    const { id } = CLOCKS[step.clock];
    const changes = [{ account: id, state: 'OPEN', only: { from: ['FROZEN'] } }] as const;
    send(draftOf('UNFREEZE', step, { accountId: POOL, changes }), step, now);
    wasFrozen.delete(id);
  }

  /** What a due worker finds. */
  function due(step: ClockStep, now: number): OperationDraft[] {
    return CLOCKS.flatMap(({ id }, clock) => {
      const { runsOutTime } = timerOf(id);
      if (runsOutTime === null || runsOutTime > now) return [];
      const { version } = accountOf(id);
      const requestId = requestIdFor(id * 1_000_000n + version);
      const draft = draftOf('RUN_OUT', { ...step, clock: clock as 0 | 1 });
      const usage = draft.clockwork?.usage ?? 0n;
      const asked = { requestHash: requestHashFor(`${id} ${version}`), requestId, scope: 0n };
      return [{ ...draft, ...asked, clockwork: { usage, due: { version, runsOutTime } } }];
    });
  }

  function sweep(found: readonly OperationDraft[], now: number): void {
    for (const draft of found) {
      const [decision] = commit([draft], now);
      if (decision?.kind !== 'decided') note('RUN_OUT replayed');
      else {
        const { accountId, createTime, refusal } = decision.operation;
        note(`RUN_OUT ${refusal?.code ?? 'applied'}`);
        if (!refusal) push(accountId, { kind: 'SETTLE', time: createTime });
      }
    }
  }

  /** A request of before comes again, its answer having been lost: the first outcome, and nothing else. */
  function repeat(step: ClockStep, now: number): void {
    const draft = drafts[step.amount % Math.max(1, drafts.length)];
    if (!draft) return;
    const first = decided.get(requestKey(draft));
    const held = [...accounts.values()];
    next += 1n;
    const [decision] = commit([step.twice ? draft : { ...draft, id: next }], now);
    expect(decision?.kind).toBe(step.twice ? 'recovered' : 'replayed');
    expect(decision?.operation).toEqual(first);
    expect([...accounts.values()]).toEqual(held);
    note('REPEAT');
  }

  /** Everything about a clock, now, as the history makes it. */
  function check(id: bigint): void {
    const { balance, updateTime } = accountOf(id);
    const timer = timerOf(id);
    for (const at of [Math.max(updateTime, time), updateTime]) {
      const model = replayClock(events.get(id) ?? [], at);
      const left = remaining({ timer, balance }, at);
      expect(left).toBe(model.left);
      expect(settle(timer, balance, at).timer.state).toBe(model.state);
      expect(model.sold).toBe(model.used + model.left + model.back);
      expect(left >= 0n && balance >= 0n).toBe(true);
    }
    expect(timerMisfit(timer, balance, updateTime)).toBeUndefined();
  }

  /** Long after: every timer has run out, and what was charged is what ran, to the millisecond. */
  function end(): void {
    time += 10_000_000;
    const step: ClockStep = {
      act: 'SWEEP',
      clock: 0,
      instance: 0,
      move: 0,
      near: null,
      amount: 0,
      twice: false,
    };
    acts.SWEEP(step, time);
    let used = 0n;
    for (const { id } of CLOCKS) {
      check(id);
      const model = replayClock(events.get(id) ?? [], time);
      used += model.used;
      const ended = model.runs.filter(({ stopReason }) => stopReason !== null);
      const written = records.filter(({ clockId }) => clockId === id);
      expect(written.map(toRun)).toEqual(ended);
      expect(accountOf(id).balance).toBe(model.left);
    }
    const charged = SLOTS.reduce<bigint>((sum, slot) => sum + accountOf(49n + slot).balance, 0n);
    const open = [...clocks.values()].reduce((sum, { timer }) => sum + timer.spentMs, 0);
    const recorded = records.reduce((sum, { spentMs }) => sum + spentMs, open);
    expect(charged).toBe(used);
    expect(BigInt(recorded)).toBe(used);
  }

  return { take, end };
}

function toRun(record: TimeRecord) {
  const { startTime, stopTime, spentMs, pausedMs, pauseCount, stopReason } = record;
  return { startTime, stopTime, spentMs, pausedMs, pauseCount, stopReason };
}
