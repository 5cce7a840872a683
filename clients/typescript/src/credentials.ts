/** What proves a client program: secrets. Keep them where only their user can read them. */
export type Credentials = {
  readonly clientId: string;
  readonly sessionToken: string;
  /** When they stop being valid unless they are extended, by this machine's clock. Unix milliseconds. */
  readonly expireTimeMs: number;
  /** When it is time to extend them. Unix milliseconds. */
  readonly extendTimeMs: number;
};

/** Where credentials are kept between runs, and shared between programs that run at the same time. */
export type CredentialStore = {
  /** What was saved last; undefined when nothing was. */
  load(): Promise<Credentials | undefined>;
  /** Called whenever they change, one call at a time. */
  save(credentials: Credentials): Promise<void>;
};
