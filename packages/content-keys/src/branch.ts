import type { EncryptedBody } from '@mission-control/contracts';
import { type Belonging, encrypt, type PlainContent } from './encrypt.ts';
import { type Place, placeAt, placesOfBranch } from './place.ts';
import { Path, type Subtree } from './tree.ts';

/** A part of a webhook's key tree that one process encrypts with, and nobody else. It only computes. */
export class Branch {
  /** When it should be replaced, in milliseconds since 1970. */
  renewAt: number;
  readonly #keyId: string;
  readonly #start: Place;
  readonly #path: Path;
  #count = 0;

  constructor({ keyId, subtree }: { keyId: string; subtree: Subtree }, renewAt: number) {
    this.#keyId = keyId;
    this.#start = subtree.start;
    this.#path = new Path(subtree);
    this.renewAt = renewAt;
  }

  get isUsedUp(): boolean {
    return this.#count >= placesOfBranch;
  }

  /** Encrypts the content of an arrival under the next key. */
  encrypt(belonging: Belonging, content: PlainContent): EncryptedBody {
    const place = placeAt(this.#start, this.#count);
    this.#count += 1;
    return encrypt({ key: this.#keyId, place, leaf: this.#path.leaf(place) }, belonging, content);
  }
}
