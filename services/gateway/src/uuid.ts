const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a part of a path has the form of an id. Anything else is arbitrary text from the sender. */
export const isUuid = (text: string): boolean => uuid.test(text);
