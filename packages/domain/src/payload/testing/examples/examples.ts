import { alerts } from './alerts.ts';
import { code } from './code.ts';
import type { Example } from './example.ts';
import { github } from './github.ts';
import { money } from './money.ts';
import { people } from './people.ts';

export const examples: readonly Example[] = [...github, ...code, ...money, ...alerts, ...people];
