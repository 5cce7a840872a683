import { integer, type Variable } from '../lib/setting-texts.js';

/** The settings of how much callers may leave with the service. */
export const limitVariables = {
  contactLists: {
    name: 'EWALLET_CONTACT_LISTS',
    description: 'Contact lists that one user may have.',
    default: '100',
    read: integer(1, 1_000_000),
  },
  contactRecords: {
    name: 'EWALLET_CONTACT_RECORDS',
    description: 'Contacts that one list may have. A search reads all of one list at most.',
    default: '5000',
    read: integer(1, 1_000_000),
  },
  issueReportsPerSource: {
    name: 'EWALLET_ISSUE_REPORTS_PER_SOURCE',
    description:
      'Issue reports that one source may send in a span of the throttle. 0 means no limit.',
    default: { production: '20', development: '1000' },
    read: integer(0, 1_000_000_000),
  },
  openIssueReportsPerSource: {
    name: 'EWALLET_OPEN_ISSUE_REPORTS_PER_SOURCE',
    description: 'Issue reports from one source that may be open.',
    default: '100',
    read: integer(1, 1_000_000),
  },
  openIssueReports: {
    name: 'EWALLET_OPEN_ISSUE_REPORTS',
    description: 'Issue reports that may be open in all. Each takes up to 100 KB in the database.',
    default: '5000',
    read: integer(1, 1_000_000),
  },
} as const satisfies Record<string, Variable<unknown>>;
