import { type Kysely, sql } from 'kysely';
import type { AgentRow } from '../tables/configuration.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import type { Page, PageRequest } from './page.ts';
import { countOf, pageByPosition } from './page-by-position.ts';

/** An agent without the token's hash, which stays in the database. */
export type Agent = Omit<AgentRow, 'token_hash'> & { readonly is_board_lead: boolean };

const cursor = cursorOf('agents', ['position']);

const agents = (db: Kysely<ReadModels>) =>
  db
    .selectFrom('agents')
    .leftJoin('boards', 'boards.id', 'agents.board_id')
    .select([
      'agents.id',
      'agents.board_id',
      'agents.name',
      'agents.openclaw_session_id',
      'agents.created_at',
      'agents.updated_at',
      'agents.revision',
      'agents.position',
      sql<boolean>`coalesce(boards.lead_agent_id = agents.id, false)`.as('is_board_lead'),
    ]);

/** Newest first, of one board or of all. */
export const listAgents = async (
  db: Kysely<ReadModels>,
  boardId: string | undefined,
  request: PageRequest,
): Promise<Page<Agent>> => {
  const all = db.selectFrom('agents');
  const [shown, counted] =
    boardId === undefined
      ? [agents(db), all]
      : [agents(db).where('agents.board_id', '=', boardId), all.where('board_id', '=', boardId)];
  return pageByPosition(shown, request, cursor, () => countOf(counted), 'agents.position');
};

/** @param id a UUID */
export const findAgent = (db: Kysely<ReadModels>, id: string): Promise<Agent | undefined> =>
  agents(db).where('agents.id', '=', id).executeTakeFirst();

/** The agent that the token belongs to. @param tokenHash SHA-256 of the token, hex */
export const findAgentByTokenHash = (db: Kysely<ReadModels>, tokenHash: string): Promise<Agent | undefined> =>
  agents(db).where('agents.token_hash', '=', tokenHash).executeTakeFirst();
