import type { ProjectionBuilds, ProjectionCheckpoints } from '@mission-control/projections';
import type { AuditTables } from './audit.ts';
import type { ConfigurationTables } from './configuration.ts';
import type { InstallationTable } from './installation.ts';
import type { MemoryTables } from './memory.ts';
import type { PayloadTables } from './payloads.ts';
import type { RejectionTables } from './rejections.ts';
import type { ReplayTables } from './replays.ts';

/** Every table of the read models. */
export interface ReadModels
  extends ConfigurationTables,
    PayloadTables,
    MemoryTables,
    RejectionTables,
    ReplayTables,
    AuditTables,
    InstallationTable {
  projection_checkpoints: ProjectionCheckpoints;
  projection_builds: ProjectionBuilds;
}
