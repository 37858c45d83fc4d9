import { tellingMembers } from './telling-members.ts';

/**
 * What the bytes of a preview depend on, besides the payload and the webhook's setting. Rules that a template has used stay as they are:
 * an attempt is sent again with the same bytes.
 */
export interface PreviewRules {
  /** The members that come first, as JSON pointers, by the sender's name. */
  readonly members: (sender: string | null) => readonly string[];
  /** A body that is shown whole in so many characters needs no members before it. */
  readonly short: number;
  /** The members of one item of an array stand together. */
  readonly byItem: boolean;
}

export const previewRules: PreviewRules = { members: tellingMembers, short: 250, byItem: true };
