import type { PreviewRules } from '../preview/rules.ts';
import { tellingMembers3 } from './telling-members-3.ts';

/** The rules of the third template, and of the first one for several payloads. */
export const previewRules3: PreviewRules = { members: tellingMembers3, short: 400, byItem: false };
