import type { Instruction } from '../instruction.js';
import { accountInstructions } from './accounts.js';
import { conversionSheetInstructions, timeSheetInstructions } from './clock-sheets.js';
import { clockInstructions, conversionInstructions } from './clocks.js';
import { contactListInstructions, contactRecordInstructions } from './contacts.js';
import { creditInstructions } from './credits.js';
import { issueInstructions } from './issues.js';
import { masterAccountInstructions } from './master-accounts.js';
import { masterViewInstructions } from './master-views.js';
import { masterInstructions } from './masters.js';
import { timerInstructions } from './timers.js';
import { clientTokenQuestions, sessionTokenQuestions } from './token-status.js';
import { tokenInstructions } from './tokens.js';
import { invoiceSheetInstructions, transferSheetInstructions } from './wallet-sheets.js';
import { walletInstructions } from './wallets.js';

/** Every instruction that the endpoint serves. */
export const instructions: readonly Instruction[] = [
  ...tokenInstructions,
  ...clientTokenQuestions,
  ...sessionTokenQuestions,
  ...masterInstructions,
  ...masterAccountInstructions,
  ...masterViewInstructions,
  ...accountInstructions,
  ...creditInstructions,
  ...walletInstructions,
  ...transferSheetInstructions,
  ...invoiceSheetInstructions,
  ...clockInstructions,
  ...conversionInstructions,
  ...timerInstructions,
  ...conversionSheetInstructions,
  ...timeSheetInstructions,
  ...contactListInstructions,
  ...contactRecordInstructions,
  ...issueInstructions,
];
