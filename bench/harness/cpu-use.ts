import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';

/** Processors used over a span of time, as a number of them: 0.5 is half a core. */
export type CpuUse = {
  /** By process. Empty where the system does not tell (anything but Linux). */
  readonly processes: Readonly<Record<string, number>>;
  /** By everything else on the machine: what makes a measurement worth less. */
  readonly others: number | null;
};

/** Watches processes and the machine between two moments. */
export type CpuWatch = { begin(): void; end(): CpuUse };

/** Linux counts in ticks of 10 ms. */
const MS_PER_TICK = 10;

/** Creates a watch over processes by name. */
export function createCpuWatch(pids: Readonly<Record<string, number>>): CpuWatch {
  let start = sample();
  function sample() {
    const used = Object.entries(pids).map(([name, pid]) => [name, processMs(pid)] as const);
    return { at: performance.now(), used: new Map(used), busy: machineMs() };
  }
  return {
    begin() {
      start = sample();
    },
    end() {
      const end = sample();
      const elapsed = end.at - start.at;
      const processes: Record<string, number> = {};
      for (const [name, ms] of end.used) {
        const before = start.used.get(name);
        if (ms !== null && before != null) processes[name] = (ms - before) / elapsed;
      }
      const known = Object.values(processes).reduce((sum, use) => sum + use, 0);
      const complete = Object.keys(processes).length === end.used.size;
      const others = complete ? Math.max(0, (end.busy - start.busy) / elapsed - known) : null;
      return { processes, others };
    },
  };
}

/** User and system time of a process with its ended children, or null. */
function processMs(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return null;
  }
}

function machineMs(): number {
  return cpus().reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  );
}

/** Resident memory of a process in bytes, or null where the system does not tell. */
export function residentBytes(pid: number): number | null {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kib === undefined ? null : Number(kib) * 1024;
  } catch {
    return null;
  }
}
