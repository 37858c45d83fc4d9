import { runService } from '@mission-control/runtime';
import { startAdminApi } from './admin-api.ts';
import { configuration } from './configuration.ts';

await runService({ name: 'admin-api', managementPort: 9101, variables: configuration, start: startAdminApi });
