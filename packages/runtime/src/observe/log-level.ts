import type { Level, Logger } from 'pino';

export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const satisfies Level[];

/** The loggers that were derived from another one. Each has a level of its own. */
const derived = new WeakMap<Logger, Set<WeakRef<Logger>>>();

/** @returns pino's option `onChild` for a logger whose level can be changed */
export const rememberingChildren = (): {
  onChild: (child: Logger) => void;
  adopt: (root: Logger) => void;
} => {
  const children = new Set<WeakRef<Logger>>();
  return {
    onChild: (child) => {
      for (const known of children) if (!known.deref()) children.delete(known);
      children.add(new WeakRef(child));
    },
    adopt: (root) => void derived.set(root, children),
  };
};

/** Changes the level of a logger of `createLog` and of all loggers derived from it, until the process ends. */
export const setLevel = (log: Logger, level: Level): void => {
  const before = log.level;
  log.level = level;
  for (const child of derived.get(log) ?? []) {
    const logger = child.deref();
    if (logger) logger.level = level;
  }
  log.info({ before, level }, 'log level changed');
};
