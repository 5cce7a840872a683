/** A profile of V8, as `--cpu-prof` writes it. Times in microseconds of the monotonic clock. */
export type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
  readonly startTime: number;
};

type CallFrame = {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
};

const TOP = 40;

/**
 * Shares of the busy time between two moments: by area of the code, by function itself, and by function with what it calls. Time
 * in which the process waited for a processor counts where it stood: profile on a quiet machine.
 */
export function summariseProfile(profile: CpuProfile, begin: number, end: number): string {
  const selfTimes = timesBetween(profile, begin, end);
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id])),
  );
  const areas = new Map<string, number>();
  const alone = new Map<string, number>();
  const together = new Map<string, number>();
  let busy = 0;
  for (const [id, us] of selfTimes) {
    const frame = nodes.get(id)?.callFrame;
    if (!frame || frame.functionName === '(idle)') continue;
    busy += us;
    add(areas, areaOf(frame), us);
    add(alone, placeOf(frame), us);
    const path = new Set<string>();
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      path.add(placeOf(nodes.get(at)?.callFrame as CallFrame));
    }
    for (const place of path) add(together, place, us);
  }
  const top = (sums: Map<string, number>, count: number) =>
    [...sums]
      .sort((a, b) => b[1] - a[1])
      .slice(0, count)
      .map(([name, us]) => `${((us * 100) / busy).toFixed(1).padStart(5)} %  ${name}`);
  return [
    'By area:',
    ...top(areas, TOP),
    '\nBy function, itself:',
    ...top(alone, TOP),
    '\nBy function, with what it calls:',
    ...top(together, 2 * TOP),
  ].join('\n');
}

/** Microseconds spent in each node itself. */
function timesBetween(profile: CpuProfile, begin: number, end: number): Map<number, number> {
  const times = new Map<number, number>();
  let at = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const delta = profile.timeDeltas[index] ?? 0;
    at += delta;
    if (at >= begin && at <= end) times.set(id, (times.get(id) ?? 0) + delta);
  }
  return times;
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

function areaOf({ url, functionName }: CallFrame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native code';
  const library = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  const [, own] = /\/dist\/((?:src\/[^/]+|generated|migrations)(?:\/[^/]+)?)/.exec(url) ?? [];
  return library ?? own ?? url;
}

function placeOf({ functionName, url, lineNumber }: CallFrame): string {
  const file = url.replace(/^.*\/node_modules\//, '').replace(/^.*\/dist\//, '');
  return `${functionName || '(anonymous)'} ${file}${file && `:${lineNumber + 1}`}`;
}
