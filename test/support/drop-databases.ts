import { afterAll } from 'vitest';
import { dropDatabases } from './databases.js';

// Registered before any hook of the test file, so it runs after all of them.
afterAll(dropDatabases);
