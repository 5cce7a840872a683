import { variables } from '../../src/config.js';
import type { Variable } from '../../src/lib/setting-texts.js';

/** The table of docs/configuration.md, as config.ts has it. */
export function configurationTable(): string {
  const rows = Object.values(variables as Record<string, Variable<unknown>>).map(
    ({ name, default: fallback, description }) =>
      `| \`${name}\` | ${describeDefault(fallback)} | ${description} |`,
  );
  return ['| Variable | Default | What it is for |', '|---|---|---|', ...rows].join('\n');
}

function describeDefault(fallback: Variable<unknown>['default']): string {
  if (typeof fallback === 'string') return show(fallback);
  const { production, development } = fallback;
  const strict = production === undefined ? 'must be set' : show(production);
  return `${strict}; in development ${show(development)}`;
}

function show(text: string): string {
  return text === '' ? 'none' : `\`${text}\``;
}
