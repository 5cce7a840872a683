/**
 * Tests that run on one engine only: their full name, as the report prints it (file, groups and
 * test joined by ' > '), and why. Every other test runs on both engines or the run fails.
 */
export const engineExceptions: ReadonlyMap<string, string> = new Map([]);
