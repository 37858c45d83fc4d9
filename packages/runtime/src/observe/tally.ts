import type { Attributes } from '@opentelemetry/api';
import type { Metrics } from './metrics.ts';

interface Counted {
  readonly attributes: Attributes;
  times: number;
}

/**
 * A counter for what happens very often. It counts here and reports when metrics are read: a counter of the SDK would sort and serialise the
 * attributes each time.
 */
export class Tally {
  readonly #byKey = new Map<string, Counted>();

  constructor(meter: Metrics['meter'], name: string, options: { description: string; unit: string }) {
    meter.createObservableCounter(name, options).addCallback((result) => {
      for (const { attributes, times } of this.#byKey.values()) result.observe(times, attributes);
    });
  }

  /**
   * @param key one for each combination of attributes
   * @param attributesOf is called the first time only
   * @returns the attributes
   */
  count(key: string, attributesOf: () => Attributes): Attributes {
    const counted = this.#byKey.get(key) ?? { attributes: attributesOf(), times: 0 };
    if (counted.times === 0) this.#byKey.set(key, counted);
    counted.times += 1;
    return counted.attributes;
  }
}
