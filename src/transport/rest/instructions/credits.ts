import type { Operation } from '../../../../generated/ewallet/v1/operation.js';
import { optional, required } from '../arguments.js';
import { instruction } from '../instruction.js';
import { numberOf, present } from '../values.js';

/** What the predecessor charged in when nobody said otherwise. */
const CURRENCY = 'RON';

/** The records of an operation have its integer. */
function recordOf(operation: Operation | undefined): bigint | null {
  return numberOf('operation', present(operation).operationId);
}

/** Credits: supplied, paid and transferred. */
export const creditInstructions = [
  instruction({
    name: 'SupplyCredits',
    chain: ['supply', 'credits'],
    args: {
      credits: required('credits'),
      cost: optional('cost'),
      currency: optional('string'),
      notes: optional('string'),
    },
    reply: {
      ewallet_credits: 'int',
      supplied_credits: 'int',
      transfer_record: 'int',
      invoice_record: 'int',
    },
    method: 'WalletService/SupplyCredits',
    async run({ credits, cost, currency, notes = '' }, { services, requestId }) {
      const priced = cost !== undefined || currency !== undefined;
      const { operation } = await services.wallets.supplyCredits({
        requestId,
        credits,
        notes,
        ...(priced && { costPerCredit: moneyOf(cost ?? '0', currency ?? CURRENCY) }),
      });
      return {
        ewallet_credits: operation?.balanceCredits ?? null,
        supplied_credits: credits,
        transfer_record: recordOf(operation),
        invoice_record: recordOf(operation),
      };
    },
  }),
  instruction({
    name: 'PayCredits',
    chain: ['pay'],
    args: { credits: required('credits'), pay: required('string') },
    reply: {
      paid: 'string',
      ewallet_credits: 'int',
      spent_credits: 'int',
      transfer_record: 'int',
      invoice_record: 'int',
    },
    method: 'WalletService/PayCredits',
    async run({ credits, pay }, { services, requestId }) {
      const payee = { $case: 'payeeEmail', value: pay } as const;
      const { operation } = await services.wallets.payCredits({ requestId, payee, credits });
      return {
        paid: pay,
        ewallet_credits: operation?.balanceCredits ?? null,
        spent_credits: credits,
        transfer_record: recordOf(operation),
        invoice_record: recordOf(operation),
      };
    },
  }),
  instruction({
    name: 'TransferCredits',
    chain: ['transfer', 'credits'],
    args: { credits: required('credits'), transfer_to: required('string') },
    reply: {
      transfered_to: 'string',
      ewallet_credits: 'int',
      transfered_credits: 'int',
      transfer_record: 'int',
    },
    method: 'WalletService/TransferCredits',
    async run({ credits, transfer_to: email }, { services, requestId }) {
      const payee = { $case: 'payeeEmail', value: email } as const;
      const { operation } = await services.wallets.transferCredits({ requestId, payee, credits });
      return {
        transfered_to: email,
        ewallet_credits: operation?.balanceCredits ?? null,
        transfered_credits: credits,
        transfer_record: recordOf(operation),
      };
    },
  }),
];

/** Money of a decimal text; units and nanos have one sign. */
function moneyOf(cost: string, currencyCode: string) {
  const [, sign = '', units = '0', decimals = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(cost) ?? [];
  const nanos = Number(decimals.padEnd(9, '0'));
  return {
    currencyCode,
    units: BigInt(`${sign}${units}`),
    nanos: sign === '-' ? -nanos : nanos,
  };
}
