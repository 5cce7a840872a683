import { connect } from 'node:net';

/** A connection of HTTP/1.1 that is kept alive: one request at a time. */
export type RestConnection = {
  /** Sends a request and calls back with the body of its answer. */
  post(body: string, onAnswer: (text: string) => void): void;
  close(): void;
};

const END_OF_HEAD = '\r\n\r\n';

/** Connects to a REST endpoint. `onFailure` is told when the connection breaks or speaks something else. */
export function connectRest(
  address: string,
  path: string,
  onFailure: (error: Error) => void,
): Promise<RestConnection> {
  const [host, port] = address.split(':') as [string, string];
  const head = `POST ${path} HTTP/1.1\r\nHost: ${address}\r\nContent-Type: application/json\r\nContent-Length: `;
  let received = '';
  let answer: ((text: string) => void) | undefined;
  let closed = false;

  function read(): void {
    const end = received.indexOf(END_OF_HEAD);
    if (end === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(received.slice(0, end))?.[1]);
    if (!(length >= 0)) {
      onFailure(new Error('An answer without a length.'));
      return;
    }
    const total = end + END_OF_HEAD.length + length;
    // The answers that are measured are ASCII: a character is a byte.
    if (received.length < total) return;
    const text = received.slice(end + END_OF_HEAD.length, total);
    received = received.slice(total);
    answer?.(text);
  }

  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host).setNoDelay().setEncoding('latin1');
    socket.once('error', reject);
    socket.on('data', (chunk: string) => {
      received += chunk;
      read();
    });
    socket.on('close', () => closed || onFailure(new Error('A REST connection broke.')));
    socket.once('connect', () => {
      socket.off('error', reject).on('error', onFailure);
      resolve({
        post(body, onAnswer) {
          answer = onAnswer;
          socket.write(`${head}${body.length}\r\n\r\n${body}`);
        },
        close() {
          closed = true;
          socket.destroy();
        },
      });
    });
  });
}
