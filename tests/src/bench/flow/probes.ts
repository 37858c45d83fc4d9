import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceName } from '../../system/standalone.ts';
import { askOnce } from './ask-once.ts';

/** What a service has asked Postgres since its start. */
export interface Asked {
  /** By text. */
  readonly statements: Readonly<Record<string, number>>;
  readonly transactions: number;
}

/** What the probe in each service tells. */
export class Probes {
  readonly #folder: string;

  /** @param folder where the probes announce themselves */
  constructor(folder: string) {
    this.#folder = folder;
  }

  pidOf(service: ServiceName): number {
    return this.#read(service).pid;
  }

  asked(service: ServiceName): Promise<Asked> {
    return this.#ask<Asked>(service, 'GET', 'statements');
  }

  environment(service: ServiceName): Promise<Record<string, string | undefined>> {
    return this.#ask(service, 'GET', 'environment');
  }

  /** What is in use of the JavaScript heap after garbage was collected, in mebibytes. */
  async liveHeap(service: ServiceName): Promise<number> {
    const { heapUsed } = await this.#ask<{ heapUsed: number }>(service, 'POST', 'collect');
    return heapUsed / 1_048_576;
  }

  async startProfile(service: ServiceName): Promise<void> {
    await this.#ask(service, 'POST', 'profile/start');
  }

  stopProfile(service: ServiceName): Promise<unknown> {
    return this.#ask(service, 'POST', 'profile/stop');
  }

  #read(service: ServiceName): { pid: number; port: number } {
    return JSON.parse(readFileSync(join(this.#folder, `${service}.json`), 'utf8')) as {
      pid: number;
      port: number;
    };
  }

  async #ask<T>(service: ServiceName, method: string, path: string): Promise<T> {
    const response = await askOnce(`http://127.0.0.1:${this.#read(service).port}/${path}`, method);
    if (!response.ok)
      throw new Error(`The probe of ${service} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}
