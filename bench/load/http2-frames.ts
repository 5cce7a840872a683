/** Types of HTTP/2 frames (RFC 9113, section 6). */
export const FrameType = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of HTTP/2 frames. END_STREAM and ACK share a value: they belong to different types. */
export const FrameFlag = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

/** Bytes before the payload of each frame. */
export const FRAME_HEAD = 9;

/** What a client says first. */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** A window that never runs out in a benchmark. */
export const LARGE_WINDOW = 2 ** 30;

/** A frame. */
export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEAD + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  payload.copy(bytes, FRAME_HEAD);
  return bytes;
}

/** The client's settings: no dynamic header table (so that trailers can be read without one), no push, large windows. */
export function clientSettings(): Buffer {
  const settings: [id: number, value: number][] = [
    [1, 0],
    [2, 0],
    [4, LARGE_WINDOW],
  ];
  const payload = Buffer.alloc(settings.length * 6);
  for (const [index, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return frame(FrameType.settings, 0, 0, payload);
}

/** Grants the peer `bytes` more on a stream, or on the connection (stream 0). */
export function windowUpdate(stream: number, bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes, 0);
  return frame(FrameType.windowUpdate, 0, stream, payload);
}

/** A gRPC message with the five bytes that go before it. */
export function grpcMessage(message: Buffer): Buffer {
  const bytes = Buffer.alloc(5 + message.length);
  bytes.writeUInt32BE(message.length, 1);
  message.copy(bytes, 5);
  return bytes;
}
