const PREFIX = 5;

/** Creates what cuts a stream of bytes into gRPC messages, without the five bytes before each. */
export function createMessageReader(): (piece: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (piece) => {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const messages: Buffer[] = [];
    let at = 0;
    while (bytes.length - at >= PREFIX) {
      const next = at + PREFIX + bytes.readUInt32BE(at + 1);
      if (next > bytes.length) break;
      messages.push(bytes.subarray(at + PREFIX, next));
      at = next;
    }
    rest = bytes.subarray(at);
    return messages;
  };
}
