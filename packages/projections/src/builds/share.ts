/** The share of the log that a build has passed, from 0 to 1, as far as the live build has got or the log had when the build began. */
export const shareOf = (position: bigint | null, target: bigint | null, live: bigint | null): number => {
  const end = [target, live].reduce<bigint>((most, one) => (one !== null && one > most ? one : most), 0n);
  if (position === null || position < 0n) return end === 0n ? 1 : 0;
  return position >= end ? 1 : Number((position * 10_000n) / end) / 10_000;
};
