/** A place that is taken under a key, of which no more than `limit` may be taken at once. */
export type Place = { readonly key: string; readonly limit: number };

/** Places for things that last: so many for each key, and so many in all. */
export type Quota = {
  /** Takes all the places at once. Gives what gives them back, or the one that is in the way: `'total'` when there are none left at all. */
  take<P extends Place>(places: readonly P[]): (() => void) | P | 'total';
  /** Things that places were taken for. */
  size(): number;
};

/** Creates a quota of which nothing is taken, for `total` things. */
export function createQuota(total: number): Quota {
  const counts = new Map<string, number>();
  let size = 0;

  function add(key: string, by: number): void {
    const count = (counts.get(key) ?? 0) + by;
    if (count > 0) counts.set(key, count);
    else counts.delete(key);
  }

  return {
    take(places) {
      if (size >= total) return 'total';
      const full = places.find(({ key, limit }) => (counts.get(key) ?? 0) >= limit);
      if (full) return full;
      size += 1;
      for (const { key } of places) add(key, 1);
      let taken = true;
      return () => {
        if (!taken) return;
        taken = false;
        size -= 1;
        for (const { key } of places) add(key, -1);
      };
    },
    size: () => size,
  };
}
