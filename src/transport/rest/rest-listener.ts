import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { networkOf } from '../../domain/throttle/network.js';
import type { Logger } from '../../lib/logger.js';
import type { Networks } from '../../lib/network-texts.js';
import { createRateLimit } from '../../lib/rate-limit.js';
import { sleep } from '../../lib/sleep.js';
import type { Time } from '../../lib/time.js';
import { DomainError } from '../../model/errors.js';
import { listenError } from '../listener.js';
import { forwardedKey, sourceOfRequest } from '../source.js';
import { toDomainError } from '../status.js';
import { fromStatus, InstructionFailure, writeFailure } from './failures.js';
import { checkOrigin, hostName } from './http-guard.js';
import { answerNonsense, clientError, JSON_TYPE, refuseRequest, setJsonOnly } from './http-json.js';
import { addRoutes, type RouteOptions } from './rest-routes.js';

/** The REST endpoint. */
export type RestListener = {
  /** Binds the address (`host:port`) and resolves to the port. @throws Error when the address cannot be had. */
  listen(address: string): Promise<number>;
  /** Takes no new connection and waits for requests in flight, for at most `limitMs` or until `force` is aborted. */
  shutdown(limitMs: number, force?: AbortSignal): Promise<void>;
};

/** What the endpoint is made of. */
export type RestListenerOptions = RouteOptions & {
  /** Names that requests may have in `Host`, besides `localhost`, the address's own and numeric addresses. */
  readonly hosts: ReadonlySet<string>;
  readonly trustedProxies: Networks;
  readonly requestsPerMinute: number;
  readonly time: Time;
  readonly logger: Logger;
};

const MAX_CONNECTIONS = 10_000;
const IDLE_CHECK_MS = 100;
/** As over gRPC: requests are small. */
const BODY_LIMIT = 256 * 1024;

/** Creates the endpoint. It serves when it listens. */
export function createRestListener(options: RestListenerOptions): RestListener {
  const { logger } = options;
  const app = createApp();
  const hosts = new Set(['localhost', ...options.hosts]);
  const limit = createRateLimit(options.requestsPerMinute, options.time.now);
  const sources = new WeakMap<object, string>();
  let closing = false;

  app.addHook('onRequest', async (request, reply) => {
    const refusal = checkOrigin(request.headers, hosts);
    if (refusal) return refuseRequest(reply, refusal.status, refusal.message, refusal.details);
    const peer = request.socket.remoteAddress ?? '';
    const forwarded = request.headers[forwardedKey];
    const source = sourceOfRequest(peer, forwarded, options.trustedProxies);
    sources.set(request, source);
    const waitMs = isHealth(request.url) ? 0 : limit.take(networkOf(source));
    if (waitMs === 0) return;
    reply.header('retry-after', String(Math.ceil(waitMs / 1_000)));
    return refuseRequest(reply, 429, 'Too many requests from this address.', 'RATE_LIMITED');
  });

  app.addHook('onSend', async (_, reply) => {
    if (closing) reply.header('connection', 'close');
  });
  addRoutes(app, options, (request) => sources.get(request) ?? '');
  app.setErrorHandler((error, request, reply) => {
    const refusal = clientError(error);
    if (refusal) return refuseRequest(reply, refusal.status, refusal.message, refusal.details);
    const failure = error instanceof InstructionFailure ? error : toFailure(error, logger);
    logger.debug({ path: request.routeOptions.url, details: failure.details }, 'refused over REST');
    return reply.status(200).type(JSON_TYPE).send(writeFailure(failure));
  });

  return {
    async listen(address) {
      const end = address.lastIndexOf(':');
      hosts.add(hostName(address));
      const host = address.slice(0, end).replace(/^\[(.*)\]$/, '$1');
      await app.listen({ host, port: Number(address.slice(end + 1)) }).catch((cause: Error) => {
        throw listenError('rest', address, cause);
      });
      return (app.server.address() as { port: number }).port;
    },
    async shutdown(limitMs, force) {
      closing = true;
      // Connections that fall idle from now on, too: clients keep theirs.
      const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_CHECK_MS);
      const finished = new AbortController();
      const cut = force ? AbortSignal.any([force, finished.signal]) : finished.signal;
      const cutOff = sleep(limitMs, cut)
        .catch(() => {})
        .then(() => app.server.closeAllConnections());
      await Promise.race([app.close().finally(() => finished.abort()), cutOff]);
      clearInterval(idle);
    },
  };
}

function createApp(): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: 30_000,
    keepAliveTimeout: 60_000,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerNonsense,
    frameworkErrors: (_, __, reply) =>
      refuseRequest(reply as FastifyReply, 400, 'The request cannot be read.', 'MALFORMED_REQUEST'),
    http: { headersTimeout: 10_000, maxHeaderSize: 16_384 },
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  setJsonOnly(app);
  return app;
}

function isHealth(url: string): boolean {
  return url === '/healthz' || url === '/readyz';
}

/** What nobody has foreseen, without its text. */
function toFailure(thrown: unknown, logger: Logger): InstructionFailure {
  const error = toDomainError(thrown, new AbortController().signal);
  if (!(thrown instanceof DomainError)) {
    const incident = error.details.metadata?.incident_id;
    logger.error({ incident, error: error.details.cause ?? thrown }, 'fault');
  }
  return fromStatus(error.status, error.message, error.reason);
}
