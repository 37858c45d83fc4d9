import { z } from 'zod';

/** What concerns the installation as a whole. */
export const installationEvents = {
  /** The log, or the part of it with the installation's prefix, belongs to this installation. There is one such event. */
  InstallationClaimed: z.object({ installationId: z.uuid() }),
  /**
   * The log is a backup that was restored, or a copy of another log. What happened after the backup is not in it, so a delivery that has
   * no outcome before this event may have been sent already.
   */
  LogRestored: z.object({ origin: z.enum(['backup', 'copy']) }),
};
