/** The kinds of caller that an access rule may name: `Caller` of the proto option without its prefix. */
export const callerKinds = [
  'ANYONE',
  'CLIENT',
  'SESSION',
  'ACQUIRED',
  'USER',
  'MASTER',
  'BACKEND',
  'BACKEND_FOR_USER',
  'OPERATOR',
] as const;

/** A kind of caller. */
export type CallerKind = (typeof callerKinds)[number];

/** The credentials that a call carries, as they were sent: nothing is proved yet. Absent ones are null. */
export type Credentials = {
  /** Client token. */
  readonly clientId: string | null;
  /** What stood after `Bearer`: a session token, or the operator key on the operator's listener. */
  readonly bearer: string | null;
  /** A full credential: with it, client token and session token are ignored. */
  readonly backendKey: string | null;
  /** Public id of the user that the backend acts for. */
  readonly onBehalfOf: string | null;
  readonly registrationKey: string | null;
  /** Network address of the caller, without its port. */
  readonly source: string;
};
