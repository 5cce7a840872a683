import { parseId } from '../../../model/public-id.js';
import { toMaster } from '../../messages/master.js';
import { optional, required } from '../arguments.js';
import { instruction } from '../instruction.js';
import { masterData, masterShape } from '../master-data.js';
import { clientTokenShape, ownClientTokenData } from '../token-data.js';

/** What client programs do with masters: register, acquire and release them. */
export const masterInstructions = [
  instruction({
    name: 'CreateMaster',
    chain: ['new', 'master', 'account'],
    args: {
      user_email: required('string'),
      user_name: required('string'),
      user_pass: required('string'),
      user_alias: optional('string'),
      user_phone: optional('string'),
      company: optional('string'),
      address: optional('string'),
      key: optional('string'),
    },
    reply: { account: 'string', account_data: masterShape },
    method: 'MasterService/CreateMaster',
    async run(given, call) {
      const request = {
        name: given.user_name,
        email: given.user_email,
        password: given.user_pass,
        alias: given.user_alias ?? '',
        phone: given.user_phone ?? '',
        company: given.company ?? '',
        address: given.address ?? '',
      };
      const { master, acquireKey } = await call.inPlaceOf(
        'masters',
        'createMaster',
        request,
        ({ caller }) =>
          call.domain.masters.createMaster(
            caller,
            given.key === undefined ? request : { ...request, chosenKey: given.key },
          ),
      );
      return {
        account: master.email,
        account_data: await masterData(call, toMaster(master), new Map(), acquireKey.secret),
      };
    },
  }),
  instruction({
    name: 'AcquireMaster',
    chain: ['acquire', 'master'],
    args: { master: required('string'), key: required('string') },
    reply: { client_id: 'string', master: 'string' },
    method: 'MasterService/AcquireMaster',
    async run({ master, key }, { services, domain, clientId }) {
      const { masterId } = await services.masters.acquireMaster({ email: master, acquireKey: key });
      const email = await domain.accountFacts.findMasterEmail(parseId('master', masterId) ?? 0n);
      return { client_id: clientId, master: email };
    },
  }),
  instruction({
    name: 'ReleaseMaster',
    chain: ['release', 'master'],
    args: { master: optional('string'), key: required('string') },
    reply: { client_id: 'string', released: 'string', ctoken_data: clientTokenShape },
    method: 'MasterService/ReleaseMaster',
    async run({ key }, call) {
      const { services, domain, clientId } = call;
      const { masterId } = await services.masters.releaseMaster({ acquireKey: key });
      const email = await domain.accountFacts.findMasterEmail(parseId('master', masterId) ?? 0n);
      return { client_id: clientId, released: email, ctoken_data: await ownClientTokenData(call) };
    },
  }),
];
