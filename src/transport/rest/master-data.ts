import { type Master, MasterState } from '../../../generated/ewallet/v1/master_service.js';
import { parseId } from '../../model/public-id.js';
import { newestOf } from './account-data.js';
import type { InstructionCall } from './instruction.js';
import { fieldsOf, mapOf } from './reply-shape.js';
import { byId, dateText, textOrNull } from './values.js';

/** A master as the predecessor shows it. */
export const masterShape = fieldsOf({
  id: 'int',
  name: 'string',
  create_date: 'string',
  write_date: 'string',
  email: 'string',
  phone: 'string',
  alias: 'string',
  key_code: 'string',
  account_limit: 'int',
  company: 'string',
  address: 'string',
  subordonate_pool: mapOf('string'),
  acquired_ctokens: 'int',
  active: 'bool',
});

/**
 * The data of a master that the API has shown to the caller. `keyCode` is the acquire key, where the caller is shown it; `pool` its users
 * by id.
 */
export async function masterData(
  { domain }: InstructionCall,
  master: Master,
  pool: ReadonlyMap<bigint, string | null>,
  keyCode = '',
) {
  const id = parseId('master', master.masterId) ?? 0n;
  return {
    id,
    name: master.name,
    create_date: dateText(master.createTime),
    write_date: dateText(master.updateTime),
    email: master.email,
    phone: textOrNull(master.phone),
    alias: textOrNull(master.alias),
    key_code: keyCode,
    account_limit: master.subordinateLimit,
    company: textOrNull(master.company),
    address: textOrNull(master.address),
    subordonate_pool: pool,
    acquired_ctokens: await domain.accountFacts.countAcquiredTokens(id),
    active: master.state !== MasterState.MASTER_STATE_FROZEN,
  };
}

/** The e-mail addresses of the logged-in master's users by id. */
export async function subordinatePool({ services }: InstructionCall) {
  const accounts = await newestOf(
    (page) => services.masters.listSubordinates(page),
    (reply) => reply.accounts,
  );
  return byId(
    'account',
    accounts,
    ({ accountId }) => accountId,
    ({ email }) => email,
  );
}
