import { eventTypes, unchangedBy } from '@mission-control/contracts';
import type { OpenclawGatewayRow } from '../../tables/configuration.ts';
import type { StreamTable } from './stream-table.ts';

export const openclawGateways: StreamTable<OpenclawGatewayRow, (typeof eventTypes.openclawGateway)[number]> =
  {
    table: 'openclaw_gateways',
    types: eventTypes.openclawGateway,
    idOf: (event) => event.data.gatewayId,
    evolve: (row, { type, data }) => {
      if (type === 'OpenclawGatewayCreated') {
        return {
          id: data.gatewayId,
          name: data.name,
          url: data.url,
          has_token: data.token !== null,
          allow_insecure_tls: data.allowInsecureTls,
          tls_fingerprint: data.tlsFingerprint ?? null,
          delivery_state: 'unknown',
          delivery_since: null,
          delivery_code: null,
          delivery_detail: null,
          pairing_request_id: null,
          delivery_position: null,
        };
      }
      if (!row) return row;
      switch (type) {
        case 'OpenclawGatewayUpdated':
          return {
            ...row,
            name: data.name ?? row.name,
            url: data.url ?? row.url,
            has_token: data.token === undefined ? row.has_token : data.token !== null,
            allow_insecure_tls: data.allowInsecureTls ?? row.allow_insecure_tls,
            tls_fingerprint: data.tlsFingerprint === undefined ? row.tls_fingerprint : data.tlsFingerprint,
          };
        case 'OpenclawGatewayDeleted':
          return null;
        default:
          return unchangedBy(row, type);
      }
    },
  };
