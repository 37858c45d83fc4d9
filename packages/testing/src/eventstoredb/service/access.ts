import type { Metadata, StatusObject } from '@grpc/grpc-js';
import { rpcErrors } from './rpc-errors.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Member of `$admins`; true when absent. Others may neither read $all nor touch system streams. */
  readonly isAdmin?: boolean;
}

/** Who may do what, by the server's default access lists. Without credentials everybody may do everything, as with `--insecure`. */
export class Access {
  readonly #credentials: Credentials | undefined;
  readonly #accepted: string | undefined;

  constructor(credentials?: Credentials) {
    this.#credentials = credentials;
    if (credentials === undefined) return;
    const { username, password } = credentials;
    this.#accepted = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  /** Why the caller is nobody at all: checked before any call is looked at. */
  refuseCaller(metadata: Metadata): StatusObject | undefined {
    const [given] = metadata.get('authorization');
    const isKnown = this.#accepted === undefined || given === undefined || given === this.#accepted;
    return isKnown ? undefined : rpcErrors.unauthenticated();
  }

  mayUse(stream: string, metadata: Metadata): boolean {
    if (this.#credentials === undefined) return true;
    if (metadata.get('authorization').length === 0) return false;
    const isOfUsers = !stream.replace(/^\$\$/, '').startsWith('$');
    return isOfUsers || this.#credentials.isAdmin !== false;
  }
}
