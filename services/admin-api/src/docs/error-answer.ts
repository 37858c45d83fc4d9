/** The format of every error of the API. */
export const errorSchema = {
  type: 'object' as const,
  required: ['code', 'detail', 'request_id'],
  properties: {
    code: { type: 'string' as const, description: 'Stable, for programs.' },
    detail: { type: 'string' as const, description: 'A sentence, for people.' },
    request_id: { type: 'string' as const },
    removed_by: {
      type: 'object' as const,
      description: 'With 410 about something of the past: the event that deleted or removed it.',
    },
    errors: {
      type: 'array' as const,
      description: 'With 422 for invalid input: every problem.',
      items: {
        type: 'object' as const,
        properties: { field: { type: 'string' as const }, message: { type: 'string' as const } },
      },
    },
  },
};

/** A response in this format. */
export const errorAnswer = (description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
});
