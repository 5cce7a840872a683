/** Secrets of every server in tests. */
export const operatorKey = 'operator-key-of-the-tests';
export const registrationKey = 'registration-key-of-the-tests';
export const auditKey = 'audit-key-of-the-tests';
export const secretsKeys = `tests:${Buffer.alloc(32, 'secrets key of tests').toString('base64')}`;
