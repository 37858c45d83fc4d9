import {
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  type SamplingResult,
} from '@opentelemetry/sdk-trace';

/** Traces that a process begins in a second at most. */
const usualPerSecond = 200;

/**
 * Samples the first traces of each second, up to a number. Under more load than anybody reads, whole traces are missing rather than
 * spans that did not fit into the exporter's queue, and exporting costs what it costs at that rate.
 */
class FirstOfEachSecond implements Sampler {
  readonly #perSecond: number;
  #second = -1;
  #sampled = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  shouldSample(): SamplingResult {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#sampled = 0;
    }
    if (this.#sampled >= this.#perSecond) return { decision: SamplingDecision.NOT_RECORD };
    this.#sampled += 1;
    return { decision: SamplingDecision.RECORD_AND_SAMPLED };
  }

  toString(): string {
    return `FirstOfEachSecond{${this.#perSecond}}`;
  }
}

/** The sampler where `OTEL_TRACES_SAMPLER` names none: a trace is exported whole or not at all, as its first span is. */
export const usualSampler = (perSecond = usualPerSecond): Sampler =>
  new ParentBasedSampler({ root: new FirstOfEachSecond(perSecond) });
