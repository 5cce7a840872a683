/** A profile of V8, as `--cpu-prof` writes it. Times in microseconds of the monotonic clock. */
export type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
  readonly startTime: number;
};

const TOP = 45;

/** Shares of the busy time between two moments: by area of the code, and by function (without what it calls). */
export function summariseProfile(profile: CpuProfile, begin: number, end: number): string {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const areas = new Map<string, number>();
  const functions = new Map<string, number>();
  let busy = 0;
  let at = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const delta = profile.timeDeltas[index] ?? 0;
    at += delta;
    const frame = nodes.get(id)?.callFrame;
    if (!frame || at < begin || at > end || frame.functionName === '(idle)') continue;
    busy += delta;
    add(areas, areaOf(frame.url, frame.functionName), delta);
    const place = `${frame.functionName || '(anonymous)'} ${shortUrl(frame.url)}:${frame.lineNumber + 1}`;
    add(functions, place, delta);
  }
  const share = ([name, us]: [string, number]) =>
    `${((us * 100) / busy).toFixed(1).padStart(5)} %  ${name}`;
  const top = (sums: Map<string, number>) =>
    [...sums]
      .sort((a, b) => b[1] - a[1])
      .slice(0, TOP)
      .map(share);
  return ['By area:', ...top(areas), '', 'By function, itself:', ...top(functions)].join('\n');
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

function areaOf(url: string, name: string): string {
  if (url === '') return name.startsWith('(') ? name : 'native code';
  const library = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (library) return library;
  const [, own] = /\/dist\/((?:src\/[^/]+|generated|migrations)(?:\/[^/]+)?)/.exec(url) ?? [];
  return own ?? url.replace(/\/.*$/, '').replace(/^node:.*/, 'node') + nodeModule(url);
}

function nodeModule(url: string): string {
  return url.startsWith('node:') ? `:${url.slice(5)}` : '';
}

function shortUrl(url: string): string {
  return url.replace(/^.*\/node_modules\//, '').replace(/^.*\/dist\//, '');
}
