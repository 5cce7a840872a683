import { expect, test } from 'vitest';
import { AuditKind } from '../../generated/ewallet/system/v1/system_service.js';
import { auditKinds } from '../../src/model/audit.js';

test('the kinds of the audit trail are those of the API', () => {
  const names = Object.keys(AuditKind)
    .filter((name) => /^AUDIT_KIND_/.test(name) && name !== 'AUDIT_KIND_UNSPECIFIED')
    .map((name) => name.slice('AUDIT_KIND_'.length));
  expect([...auditKinds].sort()).toEqual(names.sort());
});
