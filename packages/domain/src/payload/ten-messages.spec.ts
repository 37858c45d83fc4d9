import { expect, it } from 'vitest';
import { tenMessages } from './testing/ten-messages.ts';

it('the ten messages in the docs are what this release sends', async () => {
  await expect(tenMessages()).toMatchFileSnapshot('../../../../docs/agents/messages.md');
});
