/** Who makes the requests, as far as an address tells: of IPv6 the first 64 bits, whose rest its holder chooses at will. */
export function networkOf(source: string): string {
  const address = source.replace(/^\[|\]$/g, '').split('%')[0] ?? '';
  if (!address.includes(':')) return source;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...after];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
