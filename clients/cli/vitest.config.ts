import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Most of the time the program, the server and the terminal are waited for.
    maxWorkers: 2,
    // Slow is not wrong, hanging is.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
