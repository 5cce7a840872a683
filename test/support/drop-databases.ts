import { afterAll } from 'vitest';
import { dropDatabases } from './database-url.js';

// Registered before any hook of the test file, so it runs after all of them.
afterAll(dropDatabases);
