import type { LoginRecord } from '../../../../generated/ewallet/v1/account_service.js';
import { formatId, parseId } from '../../../model/public-id.js';
import { accountData, accountShape, newestOf } from '../account-data.js';
import { required } from '../arguments.js';
import { type InstructionCall, instruction } from '../instruction.js';
import { masterData, masterShape, subordinatePool } from '../master-data.js';
import { listOf, mapOf } from '../reply-shape.js';
import { findSession } from '../session-facts.js';
import { clientTokenData, clientTokenShape } from '../token-data.js';
import { byId, dateText, present } from '../values.js';

/** What masters see of their users, of the programs that have acquired them, and of their own logins. */
export const masterViewInstructions = [
  instruction({
    name: 'InspectCTokens',
    controller: 'master',
    chain: ['inspect', 'ctokens'],
    reply: { account: 'string', account_data: masterShape, ctokens: listOf('string') },
    method: 'MasterService/ListAcquiredClientTokens',
    async run(_, call) {
      const { masters } = call.services;
      const master = await ownMaster(call);
      const tokens = await newestOf(
        (page) => masters.listAcquiredClientTokens(page),
        (reply) => reply.clientTokens,
      );
      return {
        account: master.email,
        account_data: await masterData(call, master, await subordinatePool(call)),
        ctokens: tokens.map(({ clientTokenId }) => clientTokenId),
      };
    },
  }),
  instruction({
    name: 'InspectCToken',
    controller: 'master',
    chain: ['inspect', 'ctoken'],
    args: { ctoken: required('string') },
    reply: { account: 'string', ctoken: 'string', ctoken_data: clientTokenShape },
    method: 'MasterService/GetAcquiredClientToken',
    async run({ ctoken }, call) {
      const master = await ownMaster(call);
      const clientTokenId = await publicIdOf(call, ctoken);
      const { clientToken } = await call.services.masters.getAcquiredClientToken({ clientTokenId });
      const token = present(clientToken);
      const told = {
        label: ctoken,
        stoken: await sessionTokenOf(call, token.sessionId),
        masterId: master.masterId,
      };
      return {
        account: master.email,
        ctoken,
        ctoken_data: clientTokenData(token, told),
      };
    },
  }),
  instruction({
    name: 'InspectSubPool',
    controller: 'master',
    chain: ['inspect', 'subpool'],
    reply: { account: 'string', subpool: mapOf('string') },
    method: 'MasterService/ListSubordinates',
    async run(_, call) {
      const { email } = await ownMaster(call);
      return { account: email, subpool: await subordinatePool(call) };
    },
  }),
  instruction({
    name: 'InspectSubordonate',
    controller: 'master',
    chain: ['inspect', 'subordonate'],
    args: { subordonate: required('int') },
    reply: { account: 'string', subordonate: accountShape },
    method: 'MasterService/GetSubordinate',
    async run({ subordonate: id }, call) {
      const { email } = await ownMaster(call);
      const accountId = formatId('account', id);
      const { account } = await call.services.masters.getSubordinate({ accountId });
      return { account: email, subordonate: await accountData(call, present(account)) };
    },
  }),
  instruction({
    name: 'MasterViewLogin',
    controller: 'master',
    chain: ['view', 'login'],
    reply: { account: 'string', login_records: mapOf('string') },
    method: 'MasterService/ListMasterLogins',
    async run(_, call) {
      const { masters } = call.services;
      const records = await newestOf(
        (page) => masters.listMasterLogins(page),
        (reply) => reply.loginRecords,
      );
      const { email } = await ownMaster(call);
      return { account: email, login_records: datesById(records) };
    },
  }),
  instruction({
    name: 'MasterViewLogout',
    controller: 'master',
    chain: ['view', 'logout'],
    reply: { account: 'string', logout_records: mapOf('string') },
    method: 'MasterService/ListMasterLogouts',
    async run(_, call) {
      const { masters } = call.services;
      const records = await newestOf(
        (page) => masters.listMasterLogouts(page),
        (reply) => reply.loginRecords,
      );
      const { email } = await ownMaster(call);
      return { account: email, logout_records: datesById(records) };
    },
  }),
];

/** When logins or logouts were, by the ids of their records. */
export function datesById(records: readonly LoginRecord[]) {
  return byId(
    'loginRecord',
    records,
    ({ loginRecordId }) => loginRecordId,
    ({ createTime }) => dateText(createTime),
  );
}

async function ownMaster({ services }: InstructionCall) {
  return present((await services.masters.getMaster({})).master);
}

/** A token of the list is its public id; who holds the token itself may send that. */
async function publicIdOf({ services }: InstructionCall, ctoken: string): Promise<string> {
  if (parseId('clientToken', ctoken) !== undefined) return ctoken;
  const { clientToken } = await services.sessions.getClientTokenStatus({ clientId: ctoken });
  return clientToken?.clientTokenId ?? formatId('clientToken', 0n);
}

async function sessionTokenOf({ domain }: InstructionCall, sessionId: string) {
  const id = parseId('session', sessionId);
  if (id === undefined) return null;
  const { session } = (await findSession(domain, id)) ?? {};
  return session?.sessionTokenId == null ? null : formatId('sessionToken', session.sessionTokenId);
}
