import type { ChannelOptions } from '@grpc/grpc-js';

/** How a server is reached. */
export type ConnectionOptions = {
  /**
   * `host:port`, or several `ip:port` of servers that share a database: the first that answers is used. A name that resolves
   * to several addresses is used in the same way.
   */
  readonly address: string | readonly string[];
  /**
   * Whether to use TLS: with the certificates that Node.js trusts, or with your own, in PEM. By default TLS is used unless every address is
   * of this machine. `false` sends tokens and keys in clear: do so only on networks that you trust.
   */
  readonly tls?: boolean | TlsOptions;
  /** How long a call takes at most, retries included. 30,000 by default. */
  readonly timeoutMs?: number;
  /** How long one attempt of a call that may be repeated takes at most. 10,000 by default. */
  readonly attemptTimeoutMs?: number;
  /** Options of @grpc/grpc-js for its channels. */
  readonly channelOptions?: ChannelOptions;
};

/** Certificates and keys, in PEM. */
export type TlsOptions = {
  /** Who signed the server's certificate. */
  readonly rootCertificates?: Buffer | string;
  /** This program's key, for servers that ask for a certificate. */
  readonly privateKey?: Buffer | string;
  /** This program's certificate, for servers that ask for one. */
  readonly certificateChain?: Buffer | string;
};

/** What one call may want otherwise. */
export type CallOptions = {
  /** How long the call takes at most, retries included. Sent to the server as its deadline. */
  readonly timeoutMs?: number;
  /** How long one attempt takes at most. */
  readonly attemptTimeoutMs?: number;
  /** Gives up when it is aborted, with its reason. What a write came to is unknown then. */
  readonly signal?: AbortSignal;
  /** False: send it once only. */
  readonly retry?: boolean;
  /** The operator's registration key, which CreateMaster needs unless registration is open. */
  readonly registrationKey?: string;
};
