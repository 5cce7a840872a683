import { connect, type Socket } from 'node:net';
import {
  clientSettings,
  FRAME_HEAD,
  FrameFlag,
  FrameType,
  frame,
  LARGE_WINDOW,
  PREFACE,
  windowUpdate,
} from './http2-frames.js';
import { sharedHeaders, statusOf } from './http2-headers.js';

/** What happens on a stream. */
export type StreamEvents = {
  /** Bytes of messages, each with gRPC's five bytes before it, cut anywhere. */
  onData?(bytes: Buffer): void;
  /** The end: the gRPC status code, or `reset`. */
  onEnd(status: string): void;
};

/** A stream that stays open. */
export type OpenStream = { send(grpcMessage: Buffer): void; end(): void };

/**
 * A gRPC connection that costs next to nothing: requests are put together from parts made beforehand, and of replies only
 * status and length are looked at. A client library would take as much of a core as the server does.
 */
export type WireConnection = {
  /** One message to a method, one reply. */
  call(caller: Buffer, grpcMessage: Buffer, events: StreamEvents): void;
  open(caller: Buffer, events: StreamEvents): OpenStream;
  close(): void;
};

type Stream = StreamEvents & { sendWindow: number; readonly backlog: Buffer[] };

const EMPTY = Buffer.alloc(0);
/** Every peer grants at least this much per stream, unless its settings say less. */
const DEFAULT_WINDOW = 65_535;
const GRANT_AFTER = 1 << 20;

/** Connects to `host:port` for calls of one method. `onFailure` is told when the connection breaks or the peer sends it away. */
export async function connectWire(
  address: string,
  path: string,
  onFailure: (error: Error) => void,
): Promise<WireConnection> {
  const colon = address.lastIndexOf(':');
  const socket = connect(Number(address.slice(colon + 1)), address.slice(0, colon));
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return speak(socket, sharedHeaders(path, address), onFailure);
}

function speak(
  socket: Socket,
  shared: { first: Buffer; later: Buffer },
  onFailure: (error: Error) => void,
): WireConnection {
  const streams = new Map<number, Stream>();
  let outgoing: Buffer[] = [PREFACE, clientSettings(), windowUpdate(0, LARGE_WINDOW)];
  let flushing = false;
  let nextStream = 1;
  let sendWindow = DEFAULT_WINDOW;
  let initialWindow = DEFAULT_WINDOW;
  let received = 0;
  let rest = EMPTY;
  let closed = false;
  const waiting: [stream: number, flags: number, payload: Buffer][] = [];

  /** Frames of one turn go out in one write. */
  function write(...frames: Buffer[]): void {
    outgoing.push(...frames);
    if (flushing) return;
    flushing = true;
    queueMicrotask(() => {
      flushing = false;
      socket.write(outgoing.length === 1 ? (outgoing[0] as Buffer) : Buffer.concat(outgoing));
      outgoing = [];
    });
  }

  function writeData(id: number, flags: number, payload: Buffer): void {
    if (waiting.length > 0 || payload.length > sendWindow) {
      waiting.push([id, flags, payload]);
      return;
    }
    sendWindow -= payload.length;
    write(frame(FrameType.data, flags, id, payload));
  }

  function begin(caller: Buffer, events: StreamEvents): number {
    const id = nextStream;
    nextStream += 2;
    const block = Buffer.concat([id === 1 ? shared.first : shared.later, caller]);
    write(frame(FrameType.headers, FrameFlag.endHeaders, id, block));
    streams.set(id, { ...events, sendWindow: initialWindow, backlog: [] });
    return id;
  }

  function end(id: number, status: string): void {
    const stream = streams.get(id);
    streams.delete(id);
    stream?.onEnd(status);
  }

  function sendOn(id: number, grpcMessage: Buffer): void {
    const stream = streams.get(id);
    if (!stream) return;
    if (stream.backlog.length > 0 || grpcMessage.length > stream.sendWindow) {
      stream.backlog.push(grpcMessage);
      return;
    }
    stream.sendWindow -= grpcMessage.length;
    writeData(id, 0, grpcMessage);
  }

  function granted(id: number, bytes: number): void {
    if (id === 0) {
      sendWindow += bytes;
      for (const [stream, flags, payload] of waiting.splice(0)) writeData(stream, flags, payload);
      return;
    }
    const stream = streams.get(id);
    if (!stream) return;
    stream.sendWindow += bytes;
    for (const message of stream.backlog.splice(0)) sendOn(id, message);
  }

  function onSettings(flags: number, payload: Buffer): void {
    if (flags & FrameFlag.ack) return;
    for (let at = 0; at < payload.length; at += 6) {
      if (payload.readUInt16BE(at) === 4) initialWindow = payload.readUInt32BE(at + 2);
    }
    write(frame(FrameType.settings, FrameFlag.ack, 0, EMPTY));
  }

  function onData(id: number, flags: number, payload: Buffer): void {
    received += payload.length;
    if (received > GRANT_AFTER) {
      write(windowUpdate(0, received));
      received = 0;
    }
    streams.get(id)?.onData?.(payload);
    if (flags & FrameFlag.endStream) end(id, '?');
  }

  function onFrame(type: number, flags: number, id: number, payload: Buffer): void {
    if (type === FrameType.data) onData(id, flags, payload);
    else if (type === FrameType.headers) {
      if (flags & FrameFlag.endStream) end(id, statusOf(payload));
    } else if (type === FrameType.windowUpdate) granted(id, payload.readUInt32BE(0));
    else if (type === FrameType.reset) end(id, 'reset');
    else if (type === FrameType.settings) onSettings(flags, payload);
    else if (type === FrameType.ping && !(flags & FrameFlag.ack)) {
      write(frame(FrameType.ping, FrameFlag.ack, 0, payload));
    } else if (type === FrameType.goAway)
      fail(`The server sent GOAWAY ${payload.readUInt32BE(4)}.`);
    else if (type === FrameType.continuation) fail('The server sent CONTINUATION.');
  }

  function fail(message: string): void {
    if (closed) return;
    closed = true;
    socket.destroy();
    onFailure(new Error(message));
  }

  socket.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= FRAME_HEAD) {
      const next = at + FRAME_HEAD + bytes.readUIntBE(at, 3);
      if (next > bytes.length) break;
      const payload = bytes.subarray(at + FRAME_HEAD, next);
      onFrame(bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, bytes.readUInt32BE(at + 5), payload);
      at = next;
    }
    rest = bytes.subarray(at);
  });
  socket.on('error', (error) => fail(error.message));
  socket.on('close', () => fail('The connection was closed.'));
  write();

  return {
    call(caller, grpcMessage, events) {
      writeData(begin(caller, events), FrameFlag.endStream, grpcMessage);
    },
    open(caller, events) {
      const id = begin(caller, events);
      return {
        send: (grpcMessage) => sendOn(id, grpcMessage),
        end: () => writeData(id, FrameFlag.endStream, EMPTY),
      };
    },
    close() {
      closed = true;
      socket.destroy();
    },
  };
}
