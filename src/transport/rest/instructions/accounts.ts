import { formatId } from '../../../model/public-id.js';
import {
  accountData,
  accountShape,
  newestOf,
  userSessionData,
  usersLoggedIn,
} from '../account-data.js';
import { optional, required } from '../arguments.js';
import { type InstructionCall, instruction } from '../instruction.js';
import { fieldsOf, mapOf } from '../reply-shape.js';
import { userSessionShape } from '../session-facts.js';
import { present } from '../values.js';
import { datesById } from './master-views.js';

const editShape = fieldsOf({
  name: 'bool',
  pass: 'bool',
  alias: 'bool',
  email: 'bool',
  phone: 'bool',
});

/** Accounts of users and their logins. */
export const accountInstructions = [
  instruction({
    name: 'CreateAccount',
    chain: ['new', 'account'],
    args: {
      user_email: required('string'),
      user_name: required('string'),
      user_pass: required('string'),
      user_alias: optional('string'),
      user_phone: optional('string'),
    },
    reply: { account: 'string', account_data: accountShape },
    method: 'AccountService/CreateAccount',
    async run(given, call) {
      const { account } = await call.services.accounts.createAccount({
        name: given.user_name,
        email: given.user_email,
        password: given.user_pass,
        alias: given.user_alias ?? '',
        phone: given.user_phone ?? '',
      });
      const created = present(account);
      return { account: created.email, account_data: await accountData(call, created) };
    },
  }),
  instruction({
    name: 'AccountLogin',
    chain: ['login'],
    args: { user_email: required('string'), user_pass: required('string') },
    extras: { one_time_code: optional('string') },
    reply: { account: 'string', session_data: userSessionShape },
    method: 'AccountService/Login',
    async run({ user_email: email, user_pass: password, one_time_code: oneTimeCode = '' }, call) {
      const { account } = await call.services.accounts.login({ email, password, oneTimeCode });
      return { account: present(account).email, session_data: await userSessionData(call) };
    },
  }),
  instruction({
    name: 'AccountLogout',
    chain: ['logout'],
    reply: { account: 'string', session_data: userSessionShape },
    method: 'AccountService/Logout',
    async run(_, call) {
      const { email } = await ownAccount(call);
      await call.services.accounts.logout({});
      return { account: email, session_data: await userSessionData(call) };
    },
  }),
  instruction({
    name: 'SwitchAccount',
    chain: ['switch', 'account'],
    args: { account: required('string') },
    reply: { account: 'string', session_data: userSessionShape },
    method: 'AccountService/SwitchAccount',
    async run({ account: email }, call) {
      const accounts = await usersLoggedIn(call);
      const named = accounts.find((one) => one.email.toLowerCase() === email.toLowerCase());
      const accountId = named?.accountId ?? formatId('account', 0n);
      const { account } = await call.services.accounts.switchAccount({ accountId });
      return { account: present(account).email, session_data: await userSessionData(call) };
    },
  }),
  instruction({
    name: 'ViewAccount',
    chain: ['view', 'account'],
    reply: { account: 'string', account_data: accountShape },
    method: 'AccountService/GetAccount',
    run: viewAccount,
  }),
  instruction({
    name: 'EditAccount',
    chain: ['edit', 'account'],
    args: {
      user_alias: optional('string'),
      user_email: optional('string'),
      user_name: optional('string'),
      user_pass: optional('string'),
      user_phone: optional('string'),
    },
    extras: { current_pass: optional('string') },
    reply: { account: 'string', edit: editShape, account_data: accountShape },
    method: 'AccountService/EditAccount',
    async run(given, call) {
      const pass = given.user_pass;
      const edit = Object.entries({
        name: given.user_name,
        alias: given.user_alias,
        email: given.user_email,
        phone: given.user_phone,
      }).filter(([, value]) => value !== undefined);
      const updateMask = edit.map(([name]) => name);
      const change = Object.fromEntries(edit);
      if (edit.length > 0 || pass === undefined) {
        await call.services.accounts.editAccount({ ...change, updateMask });
      }
      if (pass !== undefined) await changePassword(call, pass, given.current_pass);
      return {
        ...(await viewAccount({}, call)),
        edit: {
          name: updateMask.includes('name'),
          pass: pass !== undefined,
          alias: updateMask.includes('alias'),
          email: updateMask.includes('email'),
          phone: updateMask.includes('phone'),
        },
      };
    },
  }),
  instruction({
    name: 'UnlinkAccount',
    chain: ['unlink', 'account'],
    args: { forced_removal: optional('bool') },
    reply: { account: 'string' },
    method: 'AccountService/UnlinkAccount',
    async run({ forced_removal: force = false }, call) {
      const { email } = await ownAccount(call);
      await call.services.accounts.unlinkAccount({ force });
      return { account: email };
    },
  }),
  instruction({
    name: 'RecoverAccount',
    chain: ['recover', 'account'],
    reply: { account: 'string', account_data: accountShape, session_data: userSessionShape },
    method: 'AccountService/RecoverAccount',
    async run(_, call) {
      const { account } = await call.services.accounts.recoverAccount({});
      const recovered = present(account);
      return {
        account: recovered.email,
        account_data: await accountData(call, recovered),
        session_data: await userSessionData(call),
      };
    },
  }),
  instruction({
    name: 'ViewLoginRecords',
    chain: ['view', 'login'],
    reply: { account: 'string', login_records: mapOf('string') },
    method: 'AccountService/ListLogins',
    async run(_, call) {
      const { accounts } = call.services;
      const records = await newestOf(
        (page) => accounts.listLogins(page),
        (reply) => reply.loginRecords,
      );
      return { account: (await ownAccount(call)).email, login_records: datesById(records) };
    },
  }),
  instruction({
    name: 'ViewLogoutRecords',
    chain: ['view', 'logout'],
    reply: { account: 'string', logout_records: mapOf('string') },
    method: 'AccountService/ListLogouts',
    async run(_, call) {
      const { accounts } = call.services;
      const records = await newestOf(
        (page) => accounts.listLogouts(page),
        (reply) => reply.loginRecords,
      );
      return { account: (await ownAccount(call)).email, logout_records: datesById(records) };
    },
  }),
];

async function ownAccount({ services }: InstructionCall) {
  return present((await services.accounts.getAccount({})).account);
}

async function viewAccount(_: object, call: InstructionCall) {
  const account = await ownAccount(call);
  return { account: account.email, account_data: await accountData(call, account) };
}

/** Without the current password only where the settings allow it. */
async function changePassword(
  { services, domain, inPlaceOf }: InstructionCall,
  newPassword: string,
  currentPassword: string | undefined,
): Promise<void> {
  if (currentPassword !== undefined) {
    await services.accounts.changePassword({ currentPassword, newPassword });
    return;
  }
  const request = { currentPassword: 'not needed', newPassword };
  await inPlaceOf('accounts', 'changePassword', request, ({ caller }) =>
    domain.tenancy.setPassword.overwrite(caller, newPassword),
  );
}
