import { readFileSync } from 'node:fs';
import type {
  BackendOptions,
  ConnectionOptions,
  ConnectOptions,
  CredentialStore,
  Credentials,
  OperatorOptions,
  PublicCalls,
} from '@ewallet/client';
import type { Profile, Profiles } from '../config/profiles.js';
import { UsageError } from '../errors/usage-error.js';

/** Where servers are when nobody said otherwise: where `make run` starts one. */
export const defaultAddress = '127.0.0.1:50051';
/** The same for the operator's listener. */
export const defaultOperatorAddress = '127.0.0.1:50052';

/** How to connect to each listener, and with which keys. */
export type Servers = ReturnType<typeof locateServers>;

/** Servers and keys from the environment, or else from the profile. */
export function locateServers(env: NodeJS.ProcessEnv, profiles: Profiles, profileName: string) {
  const profile = profiles.load(profileName);
  const profileAddress = profile.address ?? defaultAddress;
  const address = env.EWALLET_ADDRESS || profileAddress;

  function common(host: string): ConnectionOptions {
    const { tls, caFile } = profile;
    const trusted =
      caFile === undefined ? undefined : { rootCertificates: readCertificates(caFile) };
    const security = tls === false ? false : (trusted ?? tls);
    return { address: host, ...(security === undefined ? {} : { tls: security }) };
  }

  return {
    program(): ConnectOptions {
      // Tokens of the profile's server are no business of another one.
      const store = address === profileAddress ? createStore(profiles, profileName) : undefined;
      const login = (calls: PublicCalls) => logInAgain(calls, env, profile);
      return { ...common(address), login, ...(store ? { store } : {}) };
    },
    backend(): BackendOptions {
      const backendKey = env.EWALLET_BACKEND_KEY || profile.backendKey;
      if (backendKey) return { ...common(address), backendKey };
      throw missingKey('backend');
    },
    operator(): OperatorOptions {
      const host =
        env.EWALLET_OPERATOR_ADDRESS || profile.operatorAddress || defaultOperatorAddress;
      const operatorKey = env.EWALLET_OPERATOR_KEY || profile.operatorKey;
      if (operatorKey) return { ...common(host), operatorKey };
      throw missingKey('operator');
    },
    /** What CreateMaster needs unless registration is open. */
    registration(): { registrationKey?: string } {
      const registrationKey = env.EWALLET_REGISTRATION_KEY || profile.registrationKey;
      return registrationKey ? { registrationKey } : {};
    },
  };
}

/** Keeps tokens in a profile. */
export function createStore(profiles: Profiles, name: string): CredentialStore {
  return {
    load: async () => profiles.load(name).credentials as Credentials | undefined,
    save: async (credentials) => void profiles.update(name, { credentials }),
  };
}

/**
 * Does what it can without asking when a session was lost: the key of the master is in the profile, the password only in the
 * environment of a program. What is missing, the refusal of the call tells.
 */
async function logInAgain(
  calls: PublicCalls,
  env: NodeJS.ProcessEnv,
  profile: Profile,
): Promise<void> {
  const masterEmail = env.EWALLET_MASTER_EMAIL || profile.masterEmail;
  const acquireKey = env.EWALLET_ACQUIRE_KEY || profile.acquireKey;
  if (masterEmail && acquireKey) {
    await calls.masters.acquireMaster({ email: masterEmail, acquireKey });
  }
  const email = env.EWALLET_EMAIL || profile.email;
  const password = env.EWALLET_PASSWORD;
  if (email && password) await calls.accounts.login({ email, password });
}

function missingKey(kind: string): UsageError {
  return new UsageError(
    `The profile has no ${kind} key.`,
    `Set it with ewallet profile set-key ${kind}, or in EWALLET_${kind.toUpperCase()}_KEY.`,
  );
}

function readCertificates(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`The certificates cannot be read: ${(error as Error).message}`);
  }
}
