const units = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const;

/** How long, in its two largest units: `2 h 5 min`. */
export const durationOf = (seconds: number): string => {
  let left = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [size, unit] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0 s';
};

export const countOf = (count: number): string => count.toLocaleString('en');

export const percentOf = (fraction: number): string => `${(fraction * 100).toFixed(1)} %`;
