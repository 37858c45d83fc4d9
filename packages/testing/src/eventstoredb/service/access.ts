import type { Metadata, StatusObject } from '@grpc/grpc-js';
import { rpcErrors } from './rpc-errors.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Whether the user is a member of `$admins`; true by default. Others can neither read $all nor access system streams. */
  readonly isAdmin?: boolean;
}

/** Permissions according to the server's default access lists. Without credentials everything is allowed, as with `--insecure`. */
export class Access {
  readonly #credentials: Credentials | undefined;
  readonly #accepted: string | undefined;

  constructor(credentials?: Credentials) {
    this.#credentials = credentials;
    if (credentials === undefined) return;
    const { username, password } = credentials;
    this.#accepted = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  /** Why the caller cannot be authenticated. This is checked before the call itself. */
  callerRejection(metadata: Metadata): StatusObject | undefined {
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
