/**
 * What VerifyLedger can find wrong: the closed list of codes, each with its meaning. `docs/verification.md` says the same with
 * what to do about each; a test holds the two together.
 */
export const ledgerCodes = {
  ACCOUNT_MISSING:
    'An owner, an entry, a change or an operation names a ledger account that is not there.',
  OWNER_MISSING:
    'A ledger account belongs to nothing: no wallet, no clock, no master, no fixed id of the system.',
  OWNER_DIFFERS: "A ledger account's kind, unit or master is not what its owner calls for.",
  OPENING_DIFFERS: 'An account does not begin with the change that opens an account of its kind.',
  VERSION_GAP: "A version is missing among an account's entries and changes.",
  VERSION_REPEATED:
    "Two of an account's entries and changes have one version, or one comes out of order.",
  VERSION_DIFFERS: "An account's version is not that of its last entry or change.",
  BALANCE_CHAIN_BROKEN:
    'The balance that an entry left is not the one before it with the amount added or taken.',
  BALANCE_DIFFERS: "An account's balance is not the sum of its entries.",
  FLOOR_DIFFERS: "An account's floor is not the one that its last change left.",
  STATE_DIFFERS: "An account's state is not the one that its last change left.",
  FLOOR_CROSSED: 'An entry lowered an account below the floor that it had then.',
  CEILING_CROSSED: 'An entry raised an account above the ceiling of its kind.',
  STATE_CROSSED:
    'An account that was not open took an entry, a closed one a change, or one with something on it was closed.',
  ENTRY_INVALID: 'An entry moves no amount above zero, or has one account on both sides.',
  UNIT_DIFFERS: 'An entry and an account that it moves have different units.',
  TENANT_CROSSED: 'An entry joins accounts of two masters.',
  CREATE_TIME_DIFFERS: "An account's create time is not that of its opening.",
  UPDATE_TIME_DIFFERS: "An account's update time is not that of its last entry, change or refusal.",
  TIME_DISORDERED: "The times of an account's entries and changes go back.",
  REFUSALS_DIFFER:
    "An account's count of refusals is not the number of refused operations that name it.",
  OPERATION_MISSING: 'An entry, a change, a record or a note names an operation that is not there.',
  OPERATION_INVALID:
    'The kind, scope, account, credits or actor of an operation do not fit together.',
  DIGEST_DIFFERS: 'The digest of an operation is not that of what it wrote.',
  ENTRIES_DIFFER: "An operation's entries are not those that its kind calls for.",
  CHANGES_DIFFER: "An operation's changes are not those that its kind calls for.",
  TRANSFER_DIFFERS:
    "An operation's transfer record is missing, not called for, or at odds with its entry.",
  INVOICE_DIFFERS:
    "An operation's invoice record is missing, not called for, or at odds with its entry.",
  CLOCK_DIFFERS:
    'A clock, or the way in which an operation says that it left it, is not what its entries and records make of it.',
  TIME_RECORD_DIFFERS: 'A time record does not fit its clock, its operation or its own times.',
  CONVERSION_DIFFERS:
    "An operation's conversion record is missing, not called for, or at odds with its entries.",
  SHEET_DIFFERS: "A record's sheet or user is not its wallet's.",
  OUTCOME_DIFFERS: 'The balance that an operation was answered with is not the one that it left.',
  REFUSAL_DIFFERS: 'A stored refusal does not follow from the account as it was then.',
  REFUSED_BUT_WRITTEN: 'A refused operation has entries, changes, records or notes.',
  UNLINK_DIFFERS:
    'A wallet or clock is unlinked while its ledger account is not closed, or the other way round.',
  TERMS_DIFFER: "The floor of a master's pool is not the one that its terms allow.",
  UNIT_SUM_NOT_ZERO: 'The balances of all accounts of a unit do not add up to zero.',
  MASTER_SUM_DIFFERS: "A master's credits are not what was put in less what went out.",
  CHECKPOINT_DIFFERS:
    'What a clean run left to go on from is not as it was written, or the ledger cannot have come from it.',
} as const;

/** A code of the closed list. */
export type LedgerCode = keyof typeof ledgerCodes;
