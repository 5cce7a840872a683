import type { EditAccountRequest } from '../../../generated/ewallet/v1/account_service.js';
import type { EditMasterRequest } from '../../../generated/ewallet/v1/master_service.js';
import type { AccountEdit, MasterEdit } from '../../domain/accounts/edit-profile.js';

const accountFields = ['name', 'email', 'phone', 'alias'] as const;
const masterFields = [...accountFields, 'company', 'address'] as const;

/** What a request changes: the fields that its mask names, of those that may be changed. */
export function fromEditAccount(request: EditAccountRequest): AccountEdit {
  return pick(request, accountFields, request.updateMask ?? []);
}

/** As {@link fromEditAccount}. */
export function fromEditMaster(request: EditMasterRequest): MasterEdit {
  const mask = request.updateMask ?? [];
  const edit = pick(request, masterFields, mask);
  if (!mask.includes('password')) return edit;
  return { ...edit, password: { current: request.currentPassword, next: request.password } };
}

function pick<T, K extends keyof T & string>(
  from: T,
  fields: readonly K[],
  mask: readonly string[],
): Partial<Pick<T, K>> {
  const named = fields.filter((field) => mask.includes(field));
  return Object.fromEntries(named.map((field) => [field, from[field]])) as Partial<Pick<T, K>>;
}
