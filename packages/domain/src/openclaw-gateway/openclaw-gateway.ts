import {
  assertNever,
  type EncryptedSecret,
  type OpenclawGatewayFact,
  unchangedBy,
} from '@mission-control/contracts';
import { CommandRejected } from '../rejected.ts';

export interface ActiveOpenclawGateway {
  readonly status: 'active';
  readonly gatewayId: string;
  readonly name: string;
  readonly url: string;
  readonly token: EncryptedSecret | null;
  readonly allowInsecureTls: boolean;
  /** SHA-256 of the only certificate that is accepted, lower-case hex. */
  readonly tlsFingerprint: string | null;
}

export type OpenclawGateway =
  | { readonly status: 'absent' }
  | ActiveOpenclawGateway
  | { readonly status: 'deleted' };

export const noOpenclawGateway: OpenclawGateway = { status: 'absent' };

export const evolveOpenclawGateway = (state: OpenclawGateway, fact: OpenclawGatewayFact): OpenclawGateway => {
  if (fact.type === 'OpenclawGatewayCreated')
    return { status: 'active', ...fact.data, tlsFingerprint: fact.data.tlsFingerprint ?? null };
  if (state.status !== 'active') return state;
  switch (fact.type) {
    case 'OpenclawGatewayUpdated': {
      const { name, url, token, allowInsecureTls, tlsFingerprint } = fact.data;
      return {
        ...state,
        name: name ?? state.name,
        url: url ?? state.url,
        token: token === undefined ? state.token : token,
        allowInsecureTls: allowInsecureTls ?? state.allowInsecureTls,
        tlsFingerprint: tlsFingerprint === undefined ? state.tlsFingerprint : tlsFingerprint,
      };
    }
    case 'OpenclawGatewayDeleted':
      return { status: 'deleted' };
    default:
      return unchangedBy(state, fact);
  }
};

export type OpenclawGatewayCommand =
  | {
      type: 'CreateOpenclawGateway';
      gatewayId: string;
      name: string;
      url: string;
      token: EncryptedSecret | null;
      allowInsecureTls: boolean;
      tlsFingerprint: string | null;
    }
  | {
      type: 'UpdateOpenclawGateway';
      name?: string | undefined;
      url?: string | undefined;
      token?: EncryptedSecret | null | undefined;
      allowInsecureTls?: boolean | undefined;
      tlsFingerprint?: string | null | undefined;
    }
  | { type: 'DeleteOpenclawGateway' };

/** @throws CommandRejected if the OpenClaw gateway's state does not allow the command */
export const decideOpenclawGateway = (
  command: OpenclawGatewayCommand,
  state: OpenclawGateway,
): OpenclawGatewayFact[] => {
  if (command.type === 'CreateOpenclawGateway') {
    if (state.status !== 'absent') {
      throw new CommandRejected('conflict', 'gateway_exists', 'This OpenClaw gateway exists already.');
    }
    const { type: _, tlsFingerprint, ...data } = command;
    requireTlsForFingerprint(data.url, tlsFingerprint);
    return [
      {
        type: 'OpenclawGatewayCreated',
        data: { ...data, ...(tlsFingerprint !== null && { tlsFingerprint }) },
      },
    ];
  }
  const gateway = activeOpenclawGateway(state);
  const { gatewayId } = gateway;
  switch (command.type) {
    case 'UpdateOpenclawGateway': {
      const changed = changes(gateway, command);
      requireTokenForNewAddress(gateway, changed);
      requireTlsForFingerprint(
        changed.url ?? gateway.url,
        changed.tlsFingerprint === undefined ? gateway.tlsFingerprint : changed.tlsFingerprint,
      );
      return Object.keys(changed).length > 0
        ? [{ type: 'OpenclawGatewayUpdated', data: { gatewayId, ...changed } }]
        : [];
    }
    case 'DeleteOpenclawGateway':
      return [{ type: 'OpenclawGatewayDeleted', data: { gatewayId } }];
    default:
      return assertNever(command);
  }
};

/** @throws CommandRejected if the OpenClaw gateway does not exist */
export const activeOpenclawGateway = (state: OpenclawGateway): ActiveOpenclawGateway => {
  if (state.status !== 'active')
    throw new CommandRejected('not_found', 'gateway_not_found', 'OpenClaw gateway not found.');
  return state;
};

type Update = Extract<OpenclawGatewayCommand, { type: 'UpdateOpenclawGateway' }>;

const changes = (gateway: ActiveOpenclawGateway, command: Update) => ({
  ...(command.name !== undefined && command.name !== gateway.name && { name: command.name }),
  ...(command.url !== undefined && command.url !== gateway.url && { url: command.url }),
  ...(command.token !== undefined && { token: command.token }),
  ...(command.allowInsecureTls !== undefined &&
    command.allowInsecureTls !== gateway.allowInsecureTls && { allowInsecureTls: command.allowInsecureTls }),
  ...(command.tlsFingerprint !== undefined &&
    command.tlsFingerprint !== gateway.tlsFingerprint && { tlsFingerprint: command.tlsFingerprint }),
});

/** Otherwise, a user who may edit an OpenClaw gateway could have its stored token sent to an address of their own. */
const requireTokenForNewAddress = (
  gateway: ActiveOpenclawGateway,
  changed: ReturnType<typeof changes>,
): void => {
  const movesAddress =
    changed.url !== undefined && new URL(changed.url).origin !== new URL(gateway.url).origin;
  const unpins = gateway.tlsFingerprint !== null && changed.tlsFingerprint !== undefined;
  const lowersTls = changed.allowInsecureTls === true || unpins;
  if (gateway.token !== null && (movesAddress || lowersTls) && changed.token === undefined) {
    throw new CommandRejected(
      'invalid',
      'token_required',
      'A new host, port or scheme, another pinned certificate, or weaker TLS requires the token in the same request.',
    );
  }
};

const requireTlsForFingerprint = (url: string, tlsFingerprint: string | null): void => {
  if (tlsFingerprint !== null && new URL(url).protocol !== 'wss:') {
    throw new CommandRejected(
      'invalid',
      'fingerprint_needs_tls',
      'Only a gateway with a wss:// URL has a certificate. Set tls_fingerprint to null, or change the URL.',
    );
  }
};
