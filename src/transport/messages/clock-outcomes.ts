import type { ClockOutcome } from '../../domain/clocks/outcomes.js';
import { toConversionRecord, toTimeRecord } from './clock-records.js';
import { toClock } from './clocks.js';
import { toOperation } from './operations.js';

/** An operation on a clock with the clock as it left it. */
export function toClockOutcome({ operation, clock }: ClockOutcome) {
  return {
    operation: toOperation(operation),
    clock: clock ? toClock(clock, operation.createTime) : undefined,
  };
}

/** As {@link toClockOutcome}, with the record of the run that is over. */
export function toStopOutcome(outcome: ClockOutcome) {
  const { record } = outcome;
  return {
    ...toClockOutcome(outcome),
    timeRecord: record ? toTimeRecord({ record }) : undefined,
  };
}

/** As {@link toClockOutcome}, with the record of the conversion and what it left in the wallet. */
export function toConversionOutcome(outcome: ClockOutcome) {
  const { conversion } = outcome;
  return {
    ...toClockOutcome(outcome),
    conversionRecord: conversion ? toConversionRecord({ record: conversion }) : undefined,
    balanceCredits: conversion?.walletBalance ?? 0n,
  };
}
