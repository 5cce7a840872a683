import { fromDuration } from '../../convert.js';
import { instruction } from '../instruction.js';
import {
  clientTokenShape,
  ownClientTokenData,
  sessionTokenData,
  sessionTokenShape,
} from '../token-data.js';
import { present } from '../values.js';

/** Client and session tokens. */
export const tokenInstructions = [
  instruction({
    name: 'RequestClientID',
    chain: ['request', 'client_id'],
    tokens: 'none',
    reply: { client_id: 'string' },
    method: 'SessionService/RequestClientId',
    async run(_, { services }) {
      const { clientId } = await services.sessions.requestClientId({});
      return { client_id: clientId };
    },
  }),
  instruction({
    name: 'RequestSessionToken',
    chain: ['request', 'session_token'],
    tokens: 'client',
    reply: { session_token: 'string' },
    method: 'SessionService/RequestSessionToken',
    async run(_, { services }) {
      const { sessionToken } = await services.sessions.requestSessionToken({});
      return { session_token: sessionToken };
    },
  }),
  instruction({
    name: 'CTokenKeepAlive',
    chain: ['alive', 'ctoken'],
    reply: {
      ctoken: 'string',
      extended: 'int',
      time_unit: 'string',
      ctoken_data: clientTokenShape,
    },
    method: 'SessionService/KeepClientTokenAlive',
    async run(_, call) {
      const { clientId, services } = call;
      const { extendedDuration } = await services.sessions.keepClientTokenAlive({});
      return {
        ctoken: clientId,
        extended: fromDuration(present(extendedDuration)) / 60_000n,
        time_unit: 'minutes',
        ctoken_data: await ownClientTokenData(call),
      };
    },
  }),
  instruction({
    name: 'STokenKeepAlive',
    chain: ['alive', 'stoken'],
    reply: {
      stoken: 'string',
      extended: 'int',
      time_unit: 'string',
      stoken_data: sessionTokenShape,
    },
    method: 'SessionService/KeepSessionTokenAlive',
    async run(_, call) {
      const { token, extendedDuration } = await call.services.sessions.keepSessionTokenAlive({});
      return {
        stoken: call.sessionToken,
        extended: fromDuration(present(extendedDuration)) / 60_000n,
        time_unit: 'minutes',
        stoken_data: await sessionTokenData(call, present(token)),
      };
    },
  }),
];
