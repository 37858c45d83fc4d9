import { assertNever, type InstallationFact } from '@mission-control/contracts';

/** Which installation a log belongs to. */
export interface Installation {
  readonly owner: { readonly installationId: string; readonly claimedAt: string } | null;
}

export const noInstallation: Installation = { owner: null };

/** The first claim counts. */
export const evolveInstallation = (
  state: Installation,
  fact: InstallationFact & { readonly metadata: { readonly occurredAt: string } },
): Installation => {
  switch (fact.type) {
    case 'InstallationClaimed':
      return state.owner
        ? state
        : {
            owner: { installationId: fact.data.installationId, claimedAt: fact.metadata.occurredAt },
          };
    case 'LogRestored':
      return state;
    default:
      return assertNever(fact);
  }
};

/**
 * Claims a log that has no owner. For its owner there is nothing to do.
 *
 * @throws LogOfAnotherInstallation
 */
export const decideClaim = ({ owner }: Installation, installationId: string): readonly InstallationFact[] => {
  if (owner === null) return [{ type: 'InstallationClaimed', data: { installationId } }];
  if (owner.installationId === installationId) return [];
  throw new LogOfAnotherInstallation(owner, installationId);
};

export class LogOfAnotherInstallation extends Error {
  readonly code = 'log_of_another_installation';
  readonly operatorsError = true;

  constructor({ installationId, claimedAt }: NonNullable<Installation['owner']>, ownId: string) {
    super(
      `The event store (EVENTSTORE_URL) belongs to the installation ${installationId} since ${claimedAt}, and this installation is ${ownId}. ` +
        'If they are two installations, give this one streams of its own: set EVENTSTORE_PREFIX, for example EVENTSTORE_PREFIX=acme. ' +
        `If this is the same installation and has lost its read models or its data directory, set INSTALLATION_ID=${installationId}.`,
    );
    this.name = 'LogOfAnotherInstallation';
  }
}
