import { z } from 'zod';
import { flag, singleLine } from '../http/texts.ts';

/** The settings of an agent. */
export const agentInput = {
  name: singleLine(200),
  is_board_lead: flag,
  openclaw_session_id: z.union([singleLine(200), z.null()]),
};
