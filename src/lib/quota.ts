/** Places for things that last: so many for each key, and so many in all. */
export type Quota = {
  /** Takes a place. Gives what gives it back, or the limit that is in the way: `'key'` or `'total'`. */
  take(key: string): (() => void) | 'key' | 'total';
  /** Places taken. */
  size(): number;
};

/** Creates a quota of which nothing is taken. */
export function createQuota(limits: { readonly perKey: number; readonly total: number }): Quota {
  const counts = new Map<string, number>();
  let size = 0;

  function giveBack(key: string): void {
    size -= 1;
    const count = (counts.get(key) ?? 0) - 1;
    if (count > 0) counts.set(key, count);
    else counts.delete(key);
  }

  return {
    take(key) {
      const count = counts.get(key) ?? 0;
      if (size >= limits.total) return 'total';
      if (count >= limits.perKey) return 'key';
      size += 1;
      counts.set(key, count + 1);
      let taken = true;
      return () => {
        if (taken) giveBack(key);
        taken = false;
      };
    },
    size: () => size,
  };
}
