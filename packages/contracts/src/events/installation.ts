import { z } from 'zod';

export const installationEvents = {
  /** The log, or the part of it with the installation's prefix, belongs to this installation. There is one such event. */
  InstallationClaimed: z.object({ installationId: z.uuid() }),
};
