import { alerts } from './alerts.ts';
import { code } from './code.ts';
import type { Example } from './example.ts';
import { github } from './github.ts';
import { money } from './money.ts';
import { people } from './people.ts';

/** Those that no release of another package changes. */
export const ownExamples: readonly Example[] = [...code, ...money, ...alerts, ...people];

export const examples: readonly Example[] = [...github, ...ownExamples];
