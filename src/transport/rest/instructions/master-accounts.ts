import { MasterKeyKind } from '../../../../generated/ewallet/v1/master_service.js';
import { parseId } from '../../../model/public-id.js';
import { optional, required } from '../arguments.js';
import { type InstructionCall, instruction } from '../instruction.js';
import { masterData, masterShape, subordinatePool } from '../master-data.js';
import { fieldsOf } from '../reply-shape.js';
import { masterSessionData, masterSessionShape } from '../session-facts.js';
import { present } from '../values.js';

const editShape = fieldsOf({
  name: 'bool',
  pass: 'bool',
  alias: 'bool',
  email: 'bool',
  phone: 'bool',
  company: 'bool',
  address: 'bool',
  key: 'bool',
});

/** What masters do with their own accounts. */
export const masterAccountInstructions = [
  instruction({
    name: 'MasterAccountLogin',
    controller: 'master',
    chain: ['login'],
    args: { user_email: required('string'), user_pass: required('string') },
    reply: { account: 'string', session_data: masterSessionShape },
    method: 'MasterService/LoginMaster',
    async run({ user_email: email, user_pass: password }, call) {
      const { master } = await call.services.masters.loginMaster({ email, password });
      const account = present(master).email;
      return { account, session_data: await masterSessionData(call, account) };
    },
  }),
  instruction({
    name: 'MasterAccountLogout',
    controller: 'master',
    chain: ['logout'],
    reply: { account: 'string', session_data: masterSessionShape },
    method: 'MasterService/LogoutMaster',
    async run(_, call) {
      const { masterId } = await call.services.masters.logoutMaster({});
      const { accountFacts } = call.domain;
      return {
        account: await accountFacts.findMasterEmail(parseId('master', masterId) ?? 0n),
        session_data: await masterSessionData(call, null),
      };
    },
  }),
  instruction({
    name: 'MasterViewAccount',
    controller: 'master',
    chain: ['view', 'account'],
    reply: { account: 'string', account_data: masterShape },
    method: 'MasterService/GetMaster',
    run: viewMaster,
  }),
  instruction({
    name: 'MasterEditAccount',
    controller: 'master',
    chain: ['edit', 'account'],
    args: {
      user_name: optional('string'),
      user_pass: optional('string'),
      user_alias: optional('string'),
      user_phone: optional('string'),
      user_email: optional('string'),
      company: optional('string'),
      address: optional('string'),
      key: optional('string'),
    },
    extras: { current_pass: optional('string') },
    reply: { account: 'string', edit: editShape, account_data: masterShape },
    method: 'MasterService/EditMaster',
    async run(given, call) {
      const { key } = given;
      const edit = {
        name: given.user_name,
        alias: given.user_alias,
        email: given.user_email,
        phone: given.user_phone,
        company: given.company,
        address: given.address,
      };
      const pass = given.user_pass;
      const edits = [...Object.values(edit), pass].some((value) => value !== undefined);
      if (edits || key === undefined) await editMaster(call, edit, pass, given.current_pass);
      if (key !== undefined) await chooseKey(call, key);
      return {
        ...(await viewMaster({}, call)),
        edit: {
          name: edit.name !== undefined,
          pass: pass !== undefined,
          alias: edit.alias !== undefined,
          email: edit.email !== undefined,
          phone: edit.phone !== undefined,
          company: edit.company !== undefined,
          address: edit.address !== undefined,
          key: key !== undefined,
        },
      };
    },
  }),
  instruction({
    name: 'MasterUnlinkAccount',
    controller: 'master',
    chain: ['unlink', 'account'],
    args: { forced_removal: optional('bool') },
    reply: { account: 'string' },
    method: 'MasterService/UnlinkMaster',
    async run({ forced_removal: force = false }, { services }) {
      const { master } = await services.masters.getMaster({});
      await services.masters.unlinkMaster({ force });
      return { account: present(master).email };
    },
  }),
  instruction({
    name: 'MasterRecoverAccount',
    controller: 'master',
    chain: ['recover', 'account'],
    reply: { account: 'string', account_data: masterShape, session_data: masterSessionShape },
    method: 'MasterService/RecoverMaster',
    async run(_, call) {
      await call.services.masters.recoverMaster({});
      const viewed = await viewMaster({}, call);
      return { ...viewed, session_data: await masterSessionData(call, viewed.account) };
    },
  }),
];

async function viewMaster(_: object, call: InstructionCall) {
  const { master } = await call.services.masters.getMaster({});
  const shown = present(master);
  const pool = await subordinatePool(call);
  return { account: shown.email, account_data: await masterData(call, shown, pool) };
}

type Edit = {
  readonly [K in 'name' | 'alias' | 'email' | 'phone' | 'company' | 'address']: string | undefined;
};

/** Without the current password only where the settings allow it. */
async function editMaster(
  { services, domain, inPlaceOf }: InstructionCall,
  edit: Edit,
  password: string | undefined,
  currentPassword: string | undefined,
): Promise<void> {
  const change = Object.fromEntries(
    Object.entries(edit).filter(([, value]) => value !== undefined),
  ) as { readonly [K in keyof Edit]?: string };
  const names = Object.keys(change);
  if (password === undefined) {
    await services.masters.editMaster({ ...change, updateMask: names });
    return;
  }
  const request = { ...change, password, updateMask: [...names, 'password'] };
  if (currentPassword !== undefined) {
    await services.masters.editMaster({ ...request, currentPassword });
    return;
  }
  const { editProfile } = domain.tenancy;
  const next = { current: null, next: password };
  await inPlaceOf('masters', 'editMaster', request, ({ caller }) =>
    editProfile.editMaster(caller, { ...change, password: next }),
  );
}

function chooseKey({ domain, inPlaceOf }: InstructionCall, key: string): Promise<void> {
  const request = { kind: MasterKeyKind.MASTER_KEY_KIND_ACQUIRE };
  return inPlaceOf('masters', 'createMasterKey', request, ({ caller }) =>
    domain.masterKeys.chooseKey(caller, key),
  );
}
