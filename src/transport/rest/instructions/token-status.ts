import { parseId } from '../../../model/public-id.js';
import type { InstructionCall } from '../instruction.js';
import { instruction } from '../instruction.js';
import { sessionNumber } from '../token-data.js';

const ofClientToken = 'SessionService/GetClientTokenStatus';
const ofSessionToken = 'SessionService/GetSessionTokenStatus';

function clientTokenStatus({ services, clientId }: InstructionCall) {
  return services.sessions.getClientTokenStatus({ clientId });
}

function sessionTokenStatus({ services, sessionToken }: InstructionCall) {
  return services.sessions.getSessionTokenStatus({ sessionToken });
}

/** Questions about client tokens. Of the session token they tell the public id, and nothing of one that is over. */
export const clientTokenQuestions = [
  instruction({
    name: 'CheckCTokenValid',
    chain: ['verify', 'ctoken', 'validity'],
    tokens: 'client',
    reply: { client_id: 'string', valid: 'bool', registered: 'bool', expired: 'bool' },
    method: ofClientToken,
    async run(_, call) {
      const { valid, registered, expired } = await clientTokenStatus(call);
      return { client_id: call.clientId, valid, registered, expired };
    },
  }),
  instruction({
    name: 'CheckCTokenLinked',
    chain: ['verify', 'ctoken', 'linked'],
    tokens: 'client',
    reply: { client_id: 'string', linked: 'bool', session_token: 'string' },
    method: ofClientToken,
    async run(_, call) {
      const { linked, sessionTokenId } = await clientTokenStatus(call);
      return {
        client_id: call.clientId,
        linked,
        session_token: linked ? sessionTokenId : null,
      };
    },
  }),
  instruction({
    name: 'CheckCTokenSession',
    chain: ['verify', 'ctoken', 'session'],
    tokens: 'client',
    reply: { client_id: 'string', plugged: 'bool', session: 'int' },
    method: ofClientToken,
    async run(_, call) {
      const { plugged, clientToken } = await clientTokenStatus(call);
      return {
        client_id: call.clientId,
        plugged,
        session: plugged ? sessionNumber(clientToken?.sessionId ?? '') : null,
      };
    },
  }),
  instruction({
    name: 'CheckCTokenStatus',
    chain: ['verify', 'ctoken', 'status'],
    tokens: 'client',
    reply: {
      client_id: 'string',
      session_token: 'string',
      valid: 'bool',
      linked: 'bool',
      plugged: 'bool',
      master: 'bool',
      acquired: 'string',
      session: 'int',
    },
    method: ofClientToken,
    async run(_, call) {
      const status = await clientTokenStatus(call);
      const { valid, linked, plugged, acquired, clientToken } = status;
      const masterId = parseId('master', clientToken?.acquiredMasterId ?? '');
      const { accountFacts } = call.domain;
      return {
        client_id: call.clientId,
        session_token: linked ? status.sessionTokenId : null,
        valid,
        linked,
        plugged,
        master: acquired,
        acquired: masterId === undefined ? null : await accountFacts.findMasterEmail(masterId),
        session: plugged ? sessionNumber(clientToken?.sessionId ?? '') : null,
      };
    },
  }),
];

/** Questions about session tokens. Of the client token they tell the public id. */
export const sessionTokenQuestions = [
  instruction({
    name: 'CheckSTokenValid',
    chain: ['verify', 'stoken', 'validity'],
    tokens: 'session',
    reply: { session_token: 'string', valid: 'bool', registered: 'bool', expired: 'bool' },
    method: ofSessionToken,
    async run(_, call) {
      const { valid, registered, expired } = await sessionTokenStatus(call);
      return { session_token: call.sessionToken, valid, registered, expired };
    },
  }),
  instruction({
    name: 'CheckSTokenLinked',
    chain: ['verify', 'stoken', 'linked'],
    tokens: 'session',
    reply: { session_token: 'string', client_id: 'string', linked: 'bool' },
    method: ofSessionToken,
    async run(_, call) {
      const { linked, token } = await sessionTokenStatus(call);
      return {
        session_token: call.sessionToken,
        client_id: linked ? (token?.clientTokenId ?? null) : null,
        linked,
      };
    },
  }),
  instruction({
    name: 'CheckSTokenSession',
    chain: ['verify', 'stoken', 'session'],
    tokens: 'session',
    reply: { session_token: 'string', session: 'int', plugged: 'bool' },
    method: ofSessionToken,
    async run(_, call) {
      const { plugged, token } = await sessionTokenStatus(call);
      return {
        session_token: call.sessionToken,
        session: plugged ? sessionNumber(token?.sessionId ?? '') : null,
        plugged,
      };
    },
  }),
  instruction({
    name: 'CheckSTokenStatus',
    chain: ['verify', 'stoken', 'status'],
    tokens: 'session',
    reply: {
      session_token: 'string',
      client_id: 'string',
      session: 'int',
      valid: 'bool',
      linked: 'bool',
      plugged: 'bool',
    },
    method: ofSessionToken,
    async run(_, call) {
      const { valid, linked, plugged, token } = await sessionTokenStatus(call);
      return {
        session_token: call.sessionToken,
        client_id: linked ? (token?.clientTokenId ?? null) : null,
        session: plugged ? sessionNumber(token?.sessionId ?? '') : null,
        valid,
        linked,
        plugged,
      };
    },
  }),
];
