import { secretContexts, streams } from '@mission-control/contracts';
import { selfSigned } from '@mission-control/testing';
import { type Fault, type FaultStage, told } from './fault.ts';

const parkedThenTold = (reason: string): string[] => [
  `DeliveryParked ${reason}`,
  'RedeliveryRequested',
  ...told,
];

const parks = (code: string): Pick<Fault, 'meanwhile' | 'stored' | 'status'> => ({
  meanwhile: { payload: `parked ${code}`, gateway: `rejected ${code}, 0 wait` },
  stored: parkedThenTold(code),
  status: ['available', `rejected ${code}`, 'available'],
});

const update = async (
  { around, gatewayId }: FaultStage,
  data: { token?: string; url?: string; tlsFingerprint?: string },
) => {
  const { token, ...others } = data;
  const encrypted =
    token === undefined
      ? {}
      : { token: await around.keyring.encrypt(secretContexts.openclawGateway(gatewayId), token) };
  await around.scene.append(streams.openclawGateway(gatewayId), {
    type: 'OpenclawGatewayUpdated',
    data: { gatewayId, ...others, ...encrypted },
  });
};

/** Somebody has to change something: the deliveries are parked with the reason, and resume in order. */
export const rejections: readonly Fault[] = [
  {
    name: 'TLS certificate not trusted',
    simulator: { tls: selfSigned },
    fromTheStart: true,
    ends: (stage) => update(stage, { tlsFingerprint: selfSigned.fingerprint }),
    requestedAgain: 'when configured',
    ...parks('tls_untrusted'),
    status: ['rejected tls_untrusted', 'available'],
  },
  {
    name: 'another certificate than the pinned one',
    simulator: { tls: selfSigned },
    fromTheStart: true,
    begins: (stage) => update(stage, { tlsFingerprint: '0'.repeat(64) }),
    ends: (stage) => update(stage, { tlsFingerprint: selfSigned.fingerprint }),
    requestedAgain: 'when configured',
    ...parks('tls_fingerprint_mismatch'),
    status: ['rejected tls_fingerprint_mismatch', 'available'],
  },
  {
    name: 'ws:// to a port with TLS',
    simulator: { tls: selfSigned },
    fromTheStart: true,
    begins: (stage) => update(stage, { url: stage.simulator.url.replace('wss:', 'ws:') }),
    ends: (stage) => update(stage, { url: stage.simulator.url, tlsFingerprint: selfSigned.fingerprint }),
    requestedAgain: 'when configured',
    ...parks('tls_required'),
    status: ['rejected tls_required', 'available'],
  },
  {
    name: 'wrong token',
    begins: ({ simulator }) => simulator.fail({ mode: 'wrong_token' }),
    ends: ({ simulator }) => simulator.heal(),
    requestedAgain: 'when available',
    ...parks('token_refused'),
  },
  {
    name: 'token changed while running',
    begins: ({ simulator }) => simulator.changeToken('another'),
    ends: (stage) => update(stage, { token: 'another' }),
    requestedAgain: 'when configured',
    ...parks('token_refused'),
  },
  {
    name: 'scope missing',
    begins: ({ simulator }) => simulator.fail({ mode: 'missing_scope' }),
    ends: ({ simulator }) => simulator.heal(),
    requestedAgain: 'when available',
    ...parks('scope_missing'),
  },
  {
    name: 'device not paired',
    simulator: { remote: true },
    fromTheStart: true,
    ends: async ({ simulator }) => {
      const [requestId = ''] = await simulator.pairingRequests();
      await simulator.approve(requestId);
    },
    requestedAgain: 'when available',
    ...parks('not_paired'),
    status: ['rejected not_paired', 'available'],
  },
  {
    name: 'another protocol version',
    begins: ({ simulator }) => simulator.fail({ mode: 'protocol_mismatch' }),
    ends: ({ simulator }) => simulator.heal(),
    requestedAgain: 'when available',
    ...parks('protocol_mismatch'),
  },
  {
    name: 'no agent for the session key',
    begins: ({ simulator }) => simulator.fail({ mode: 'unknown_session' }),
    meanwhile: { payload: 'parked session_invalid', gateway: 'available, 0 wait' },
    ends: ({ simulator }) => simulator.heal(),
    requestedAgain: 'when configured',
    stored: ['DeliveryAttempted', ...parkedThenTold('session_invalid')],
  },
  {
    name: 'label in use',
    begins: ({ simulator }) => simulator.fail({ mode: 'label_in_use' }, { times: 1 }),
    meanwhile: { payload: 'failed invalid_request', gateway: 'available, 0 wait' },
    requestedAgain: 'by an admin',
    stored: ['DeliveryAttempted', 'DeliveryFailed invalid_request', 'RedeliveryRequested', ...told],
    session: ['second', 'first'],
  },
];
