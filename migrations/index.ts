import { sequences } from './0001_sequences.js';
import { sessions } from './0002_sessions.js';
import { accounts } from './0003_accounts.js';
import { ledger } from './0004_ledger.js';
import { ledgerAppendOnly } from './0005_ledger_append_only.js';
import { wallets } from './0006_wallets.js';
import { workers } from './0007_workers.js';
import { workerChanges } from './0008_worker_changes.js';
import { cleaners } from './0009_cleaners.js';
import { throttle } from './0010_throttle.js';
import { auditEvents } from './0011_audit_events.js';
import { accountSecurity } from './0012_account_security.js';
import { tenancy } from './0013_tenancy.js';
import { ledgerCheckpoints } from './0014_ledger_checkpoints.js';
import { clocks } from './0015_clocks.js';
import { contacts } from './0016_contacts.js';
import { issueReports } from './0017_issue_reports.js';
import { unlinked } from './0018_unlinked.js';
import { loginRecordAge } from './0019_login_record_age.js';
import type { Migration } from './schema.js';

/** Every migration, in the order in which they run. Append only. */
export const migrations: readonly Migration[] = [
  sequences,
  sessions,
  accounts,
  ledger,
  ledgerAppendOnly,
  wallets,
  workers,
  workerChanges,
  cleaners,
  throttle,
  auditEvents,
  accountSecurity,
  tenancy,
  ledgerCheckpoints,
  clocks,
  contacts,
  issueReports,
  unlinked,
  loginRecordAge,
];
