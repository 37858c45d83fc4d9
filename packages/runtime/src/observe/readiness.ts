/** Something that a service needs. The check resolves if it is available, and throws the reason if not. */
export interface ReadinessCheck {
  readonly name: string;
  readonly check: () => Promise<void> | void;
  /** False: shown, but the service is ready without it. Default: true. */
  readonly required?: boolean;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { ok: boolean; reason?: string }>>;
}

const checkTimeoutMs = 2_000;

/**
 * Runs all checks at once, for at most 2 s each.
 *
 * @param excluded names of checks whose results are shown and do not count
 */
export const checkReadiness = async (
  checks: readonly ReadinessCheck[],
  excluded: readonly string[] = [],
): Promise<Readiness> => {
  const results = await Promise.all(
    checks.map(async ({ name, check }) => {
      try {
        await withTimeout(check);
        return [name, { ok: true }] as const;
      } catch (error) {
        return [name, { ok: false, reason: error instanceof Error ? error.message : String(error) }] as const;
      }
    }),
  );
  const ready = checks.every(
    ({ name, required = true }, index) => !required || excluded.includes(name) || results[index]?.[1].ok,
  );
  return { ready, checks: Object.fromEntries(results) };
};

const withTimeout = async (check: ReadinessCheck['check']): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${checkTimeoutMs} ms`)), checkTimeoutMs);
  });
  try {
    await Promise.race([check(), late]);
  } finally {
    clearTimeout(timer);
  }
};
