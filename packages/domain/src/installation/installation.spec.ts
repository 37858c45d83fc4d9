import type { InstallationFact } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { decideClaim, evolveInstallation, LogOfAnotherInstallation, noInstallation } from './installation.ts';

const own = '7c0e6f0a-3b1d-4f0e-9a52-1d2f3a4b5c6d';
const other = 'ffffffff-3b1d-4f0e-9a52-1d2f3a4b5c6d';
const claimed = (installationId: string): InstallationFact => ({
  type: 'InstallationClaimed',
  data: { installationId },
});
const after = (...facts: readonly InstallationFact[]) =>
  facts
    .map((fact) => ({ ...fact, metadata: { occurredAt: '2026-11-28T12:00:00.000Z' } }))
    .reduce(evolveInstallation, noInstallation);

describe('a claim', () => {
  it('takes a log without an owner', () => {
    expect(decideClaim(noInstallation, own)).toEqual([claimed(own)]);
  });

  it('of the owner changes nothing', () => {
    expect(decideClaim(after(claimed(own)), own)).toEqual([]);
  });

  it('of another installation is rejected, with the owner and what to do', () => {
    const claim = () => decideClaim(after(claimed(own), claimed(other)), other);
    expect(claim).toThrow(LogOfAnotherInstallation);
    expect(claim).toThrow(
      new RegExp(
        `installation ${own} since 2026-11-28.*${other}.*EVENTSTORE_PREFIX=acme.*INSTALLATION_ID=${own}`,
      ),
    );
  });
});
