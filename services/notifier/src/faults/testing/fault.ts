import type { OpenClawSimulatorOptions } from '@mission-control/testing';
import type { Stage, Surroundings } from '../../testing/test-notifier.ts';

/** Where a fault happens: a session that gets two payloads, `first` and `second`. */
export interface FaultStage extends Stage {
  readonly around: Surroundings;
  /** Resolves when the OpenClaw gateway's acknowledgements of both messages are recorded. */
  readonly acknowledged: () => Promise<void>;
}

/** What an admin sees: status and reason of the first payload, and the `delivery` of the OpenClaw gateway. */
export interface Shown {
  readonly payload: string;
  readonly gateway: string;
}

/** A row of the fault table. */
export interface Fault {
  /** As in `docs/openclaw-gateways.md`. */
  readonly name: string;
  readonly simulator?: OpenClawSimulatorOptions;
  /** Without it, a message was told before, so that there is a connection and a session. */
  readonly fromTheStart?: true;
  /** Uses a short answer timeout, because that is what ends the fault. */
  readonly shortTimeout?: true;
  /** No message gets into the session until the fault has ended. */
  readonly historyHeld?: true;
  readonly begins?: (stage: FaultStage) => Promise<unknown>;
  /** What is shown while the fault lasts. If not set, the fault passes by itself. */
  readonly meanwhile?: Shown;
  readonly ends?: (stage: FaultStage) => Promise<unknown>;
  /**
   * What causes the delivery to be requested again, if it ended without telling the agent. The steward requests it when the OpenClaw
   * gateway is available again and when the configuration changes; otherwise an admin has to.
   */
  readonly requestedAgain?: 'when available' | 'when configured' | 'by an admin';
  /** The events of the first payload's delivery stream. MessageSent is left out: it depends on how soon the session has the message. */
  readonly stored: readonly string[];
  /** The events of the OpenClaw gateway's status stream. */
  readonly status?: readonly string[];
  /** The messages that the agent received, in order. */
  readonly session?: readonly string[];
  readonly finally?: Shown;
}

export const told = ['DeliveryAttempted', 'MessageConfirmed', 'AgentRunEnded ok'];
const handled: Shown = { payload: 'handled', gateway: 'available, 0 wait' };

/** The defaults of a row. */
export const expectedOf = (fault: Fault) => ({
  meanwhile: fault.meanwhile ?? null,
  stored: fault.stored,
  status: fault.status ?? ['available'],
  session: fault.session ?? ['first', 'second'],
  finally: fault.finally ?? handled,
});
