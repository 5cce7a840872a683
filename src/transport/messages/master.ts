import {
  Funding as FundingMessage,
  MasterKeyKind as MasterKeyKindMessage,
  type MasterKey as MasterKeyMessage,
  type Master as MasterMessage,
  MasterState,
  type MasterTerms as MasterTermsMessage,
} from '../../../generated/ewallet/v1/master_service.js';
import {
  type AccountState,
  type Funding,
  type Master,
  type MasterKey,
  type MasterKeyKind,
  type MasterTerms,
  masterState,
} from '../../model/master.js';
import { formatId } from '../../model/public-id.js';
import { toOptionalTimestamp, toTimestamp } from '../convert.js';

const states: Record<AccountState, MasterState> = {
  ACTIVE: MasterState.MASTER_STATE_ACTIVE,
  FROZEN: MasterState.MASTER_STATE_FROZEN,
  PENDING_REMOVAL: MasterState.MASTER_STATE_PENDING_REMOVAL,
};
const fundings: Record<Funding, FundingMessage> = {
  PREPAY: FundingMessage.FUNDING_PREPAY,
  CREDIT: FundingMessage.FUNDING_CREDIT,
};
const keyKinds: Record<MasterKeyKind, MasterKeyKindMessage> = {
  ACQUIRE: MasterKeyKindMessage.MASTER_KEY_KIND_ACQUIRE,
  BACKEND: MasterKeyKindMessage.MASTER_KEY_KIND_BACKEND,
};

/** A master. */
export function toMaster(master: Master): MasterMessage {
  return {
    masterId: formatId('master', master.id),
    name: master.name,
    email: master.email,
    phone: master.phone,
    alias: master.alias,
    company: master.company,
    address: master.address,
    state: states[masterState(master)],
    subordinateLimit: master.subordinateLimit,
    subordinateCount: master.subordinateCount,
    terms: toMasterTerms(master.terms),
    poolCredits: master.poolCredits,
    createTime: toTimestamp(master.createTime),
    updateTime: toTimestamp(master.updateTime),
    unlinkTime: toOptionalTimestamp(master.unlinkTime),
    frozenTime: toOptionalTimestamp(master.frozenTime),
  };
}

/** The terms of a master. */
export function toMasterTerms(terms: MasterTerms): MasterTermsMessage {
  return {
    funding: fundings[terms.funding],
    creditLimitCredits: terms.creditLimit,
    selfSupply: terms.selfSupply,
  };
}

/** The terms in a request that validation has passed. */
export function fromMasterTerms(terms: MasterTermsMessage): MasterTerms {
  return {
    funding: terms.funding === FundingMessage.FUNDING_CREDIT ? 'CREDIT' : 'PREPAY',
    creditLimit: terms.creditLimitCredits,
    selfSupply: terms.selfSupply,
  };
}

/** What may be told of a key. */
export function toMasterKey(key: MasterKey): MasterKeyMessage {
  return {
    masterKeyId: formatId('masterKey', key.id),
    kind: keyKinds[key.kind],
    label: key.label,
    createTime: toTimestamp(key.createTime),
    updateTime: toTimestamp(key.updateTime),
    revokeTime: toOptionalTimestamp(key.revokeTime),
  };
}

/** The kind of key in a request that validation has passed. */
export function fromMasterKeyKind(kind: MasterKeyKindMessage): MasterKeyKind {
  return kind === MasterKeyKindMessage.MASTER_KEY_KIND_BACKEND ? 'BACKEND' : 'ACQUIRE';
}
