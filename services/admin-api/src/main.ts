import { runService } from '@mission-control/runtime';
import { startAdminApi } from './admin-api.ts';
import { adminApiVariables } from './config.ts';

await runService({
  name: 'admin-api',
  managementPort: 9101,
  variables: adminApiVariables,
  start: startAdminApi,
});
