import type { Command } from 'commander';
import { Client } from './api/client.ts';
import { type ConnectionOptions, tokenOf, urlOf, withConnection } from './api/connection.ts';
import type { Context } from './context.ts';

/** What the work of a command gets. */
export interface Session {
  readonly context: Context;
  readonly client: Client;
  /** Whether the result is for a program. */
  readonly json: boolean;
}

const openSession = (options: ConnectionOptions & { json?: true }, context: Context): Session => ({
  context,
  client: new Client({
    url: urlOf(options, context),
    token: once(() => tokenOf(options, context)),
    timeoutMs: options.timeout * 1000,
    signal: context.signal,
  }),
  json: options.json === true,
});

/** A token is read when it is first needed: a command that calls only public operations needs none. */
const once = <T>(read: () => T): (() => T) => {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: read() };
    return known.value;
  };
};

/** Adds the options of every command that calls the API, its examples, and its work. */
export const calling = <O extends object>(
  command: Command,
  context: Context,
  examples: readonly string[],
  work: (session: Session, options: O, ...args: string[]) => Promise<void>,
): Command => {
  withConnection(command);
  showExamples(command, examples);
  return command.action(async (...given: unknown[]) => {
    const args = given.slice(0, -2) as string[];
    const options = given.at(-2) as O & ConnectionOptions;
    await work(openSession(options, context), options, ...args);
  });
};

/** The first example of each command of a group. */
const ofGroups = new WeakMap<Command, string[]>();

/** Examples of a command, and the first of them with its group. */
export const showExamples = (command: Command, [first = '', ...others]: readonly string[]): void => {
  command.addHelpText('after', examplesText([first, ...others]));
  const group = command.parent;
  // A command that is in no group.
  if (group === null || group.parent === null) return;
  const shown = ofGroups.get(group) ?? [];
  if (shown.length === 0) group.addHelpText('after', () => examplesText(shown));
  ofGroups.set(group, shown);
  shown.push(first);
};

const examplesText = (examples: readonly string[]): string =>
  `\nExamples:\n${examples.map((line) => `  mcw ${line}`).join('\n')}`;
