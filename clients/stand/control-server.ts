import fastify, { type FastifyInstance } from 'fastify';
import { type ServerWish, type StandServers, UnknownServer } from './stand-servers.js';

const wishSchema = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    // Nothing but settings of the server: not what could change the program itself.
    env: {
      type: 'object',
      propertyNames: { pattern: '^EWALLET_[A-Z_]+$' },
      additionalProperties: { type: 'string' },
    },
    database: { type: 'string', minLength: 1 },
    profile: { enum: ['test', 'development'] },
  },
};

const killSchema = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: { signal: { enum: ['SIGKILL', 'SIGTERM'] } },
};

type Named = { Params: { id: string } };

/** The stand's JSON over HTTP, described in README.md; not listening yet. */
export function createControlServer(servers: StandServers): FastifyInstance {
  // Words of a wrong request are told, not removed or converted.
  const app = fastify({ ajv: { customOptions: { removeAdditional: false, coerceTypes: false } } });
  // A POST may come without a body, whatever its content type says.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, body: string) =>
    body === '' ? null : JSON.parse(body),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error instanceof UnknownServer ? 404 : (error.statusCode ?? 500);
    return reply.code(status).send({ error: error.message });
  });
  app.post<{ Body: ServerWish | null }>(
    '/servers',
    { schema: { body: wishSchema } },
    async (request, reply) => reply.code(201).send(await servers.start(request.body ?? {})),
  );
  app.post<Named & { Body: { signal?: 'SIGKILL' | 'SIGTERM' } | null }>(
    '/servers/:id/kill',
    { schema: { body: killSchema } },
    async (request) => {
      await servers.kill(request.params.id, request.body?.signal);
      return {};
    },
  );
  for (const act of ['restart', 'pause', 'resume'] as const) {
    app.post<Named>(`/servers/:id/${act}`, async (request) => {
      await servers[act](request.params.id);
      return {};
    });
  }
  app.post<Named>('/servers/:id/verify', (request) => servers.verify(request.params.id));
  app.delete<Named>('/servers/:id', async (request, reply) => {
    await servers.remove(request.params.id);
    return reply.code(204).send();
  });
  return app;
}
