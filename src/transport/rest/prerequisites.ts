import type { CallerKind } from '../../model/credentials.js';
import type { AccessRule } from '../access.js';

const session = ['valid_client_id', 'valid_session_token', 'token_pair_mapped_to_one_session'];

/** What each kind of caller that comes over REST has to be, in the predecessor's words. */
const needs: Partial<Record<CallerKind, readonly string[]>> = {
  ANYONE: [],
  CLIENT: ['valid_client_id'],
  SESSION: session,
  ACQUIRED: [...session, 'master_acquired'],
  USER: [...session, 'master_acquired', 'user_logged_in'],
  MASTER: [...session, 'master_logged_in'],
};

/** What an access rule asks of who sends an instruction. */
export function prerequisitesOf(rule: AccessRule): string[] {
  const kind = (Object.keys(needs) as CallerKind[]).find((each) => rule.callers.has(each));
  const account = kind === 'MASTER' ? 'master' : 'user';
  const standing = kind === 'USER' || kind === 'MASTER' || kind === 'ACQUIRED';
  return [
    ...((kind && needs[kind]) ?? []),
    ...(rule.registrationKey ? ['registration_key_unless_registration_is_open'] : []),
    ...(standing && !rule.whilePendingRemoval ? [`${account}_not_flagged_to_unlink`] : []),
    ...(standing && !rule.whileFrozen ? ['master_not_frozen'] : []),
  ];
}
