import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { malformed, writeFailure } from './failures.js';

/** The type of every answer. */
export const JSON_TYPE = 'application/json; charset=utf-8';

/** Answers a request that HTTP itself speaks against: the shape is that of every failure. */
export function refuseRequest(
  reply: FastifyReply,
  status: number,
  message: string,
  details: string,
): FastifyReply {
  const text = writeFailure(malformed(message, details));
  return reply.status(status).type(JSON_TYPE).send(text);
}

/** Takes JSON only and answers with JSON only, whatever comes. */
export function setJsonOnly(app: FastifyInstance): void {
  // Clients of the predecessor send the help's option in the body of a GET.
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_, text, done) => {
    try {
      done(null, JSON.parse(text as string));
    } catch {
      done(new NotJson('The body is not JSON.'));
    }
  });
  app.setNotFoundHandler((_, reply) =>
    refuseRequest(reply, 404, 'There is nothing here for this method and path.', 'NOT_FOUND'),
  );
}

class NotJson extends Error {
  override readonly name = 'NotJson';
}

/** What is wrong with a request that cannot be read, as HTTP puts it; undefined for every other error. */
export function clientError(
  error: unknown,
): { status: number; message: string; details: string } | undefined {
  if (error instanceof NotJson) {
    return { status: 400, message: error.message, details: 'MALFORMED_JSON' };
  }
  const { statusCode, code } = error as { statusCode?: number; code?: string };
  if (!code?.startsWith('FST_ERR_') || !statusCode || statusCode >= 500) return undefined;
  const message = texts[statusCode] ?? 'The request cannot be read.';
  return { status: statusCode, message, details: code.replace('FST_ERR_', '') };
}

const texts: Record<number, string> = {
  413: 'The body is too large.',
  415: 'Send application/json.',
};

const body = writeFailure(malformed('The request is not HTTP.', 'MALFORMED_REQUEST'));
const badRequest = `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** Answers what is not HTTP. */
export function answerNonsense(_: unknown, socket: Socket): void {
  if (socket.writable) socket.end(badRequest);
  else socket.destroy();
}
