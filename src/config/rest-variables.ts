import { hostNames, optionalAddress } from '../lib/network-texts.js';
import { boolean, integer, type Variable } from '../lib/setting-texts.js';

/** The settings of the REST endpoint, and of what it lets the predecessor's clients do. */
export const restVariables = {
  restAddress: {
    name: 'EWALLET_REST_ADDRESS',
    description: 'Where the REST endpoint is served, as `host:port`. `off` serves none.',
    default: { production: 'off', development: '127.0.0.1:8080' },
    read: optionalAddress,
  },
  restHosts: {
    name: 'EWALLET_REST_HOSTS',
    description:
      'Names, with commas between, that requests to it may have in `Host`, besides `localhost` and addresses.',
    default: '',
    read: hostNames,
  },
  restRequestsPerMinute: {
    name: 'EWALLET_REST_REQUESTS_PER_MINUTE',
    description: 'Requests to it that one source may make in a minute. 0 means no limit.',
    default: { production: '6000', development: '0' },
    read: integer(0, 1_000_000_000),
  },
  chosenAcquireKeys: {
    name: 'EWALLET_CHOSEN_ACQUIRE_KEYS',
    description: 'Whether masters may choose their acquire key over REST.',
    default: { production: 'false', development: 'true' },
    read: boolean,
  },
  legacyPasswordEdit: {
    name: 'EWALLET_LEGACY_PASSWORD_EDIT',
    description:
      'Whether who is logged in may set a new password over REST without the current one.',
    default: { production: 'false', development: 'true' },
    read: boolean,
  },
} as const satisfies Record<string, Variable<unknown>>;
