/** A mark is kept for an hour longer than asked, so that a clock that goes wrong by minutes revives nothing. */
export const MARGIN = 3_600_000;

const MINUTE = 60_000;
/** By how much longer a mark may be kept than asked, besides the margin: ms. */
export const PRECISION: number = MINUTE;
const LATEST_MINUTE = 2 ** 32 - 1;
const SMALLEST_CAPACITY = 1024;
/** How full the table may become. */
const MAXIMUM_LOAD = 0.75;
/** How many places are looked at for each mark that is added, so that expired marks leave before the table grows. */
const PLACES_PER_MARK = 4;

/**
 * The ended ids or generations, exactly: no filter that errs. It is a hash table with linear probing in two typed
 * arrays, about 30 bytes a mark, which no garbage collection has to walk through. Marks are random or hashes, so their
 * first bytes say where they stand.
 */
export class EndedMarks {
  readonly #width: number;
  /** The marks, each as some words. */
  #words: Uint32Array;
  /** When each mark expires: minutes since epoch. 0: the place is free. */
  #minutes: Uint32Array;
  #size = 0;
  /** The place where the search for expired marks goes on. */
  #hand = 0;

  /** @param bytes length of each mark: a multiple of 4 */
  constructor(bytes: number) {
    this.#width = bytes / 4;
    this.#words = new Uint32Array(SMALLEST_CAPACITY * this.#width);
    this.#minutes = new Uint32Array(SMALLEST_CAPACITY);
  }

  /** How many marks there are. Some of them may have expired. */
  get size(): number {
    return this.#size;
  }

  /** @param now ms since epoch */
  has(mark: Buffer, now: number): boolean {
    return this.#size > 0 && this.#minutes[this.#placeOf(mark)]! * MINUTE > now;
  }

  /**
   * Adds a mark, or keeps it for longer.
   *
   * @param until ms since epoch
   * @param now ms since epoch
   * @returns whether it is new
   */
  add(mark: Buffer, until: number, now: number): boolean {
    const minute = Math.min(Math.ceil((until + MARGIN) / MINUTE), LATEST_MINUTE);
    const known = this.#placeOf(mark);
    if (this.#minutes[known] !== 0) {
      this.#minutes[known] = Math.max(this.#minutes[known]!, minute);
      return false;
    }
    this.sweep(now, PLACES_PER_MARK);
    if (this.#size >= this.#capacity * MAXIMUM_LOAD) this.#grow();
    this.#put(mark, minute);
    return true;
  }

  /** Removes the expired marks from the next places. The whole table is swept a little at a time. */
  sweep(now: number, places: number): void {
    const minute = Math.floor(now / MINUTE);
    for (let i = 0; i < places && this.#size > 0; i++) {
      const expires = this.#minutes[this.#hand]!;
      // What moves into a place that became free is looked at next.
      if (expires !== 0 && expires <= minute) this.#remove(this.#hand);
      else this.#hand = (this.#hand + 1) & (this.#capacity - 1);
    }
  }

  /** All marks, and until when they were asked to be kept: ms since epoch, at most a minute later. */
  *entries(): Generator<[mark: Buffer, until: number]> {
    for (let place = 0; place < this.#capacity; place++) {
      const minute = this.#minutes[place]!;
      if (minute === 0) continue;
      const mark = Buffer.allocUnsafe(this.#width * 4);
      for (let i = 0; i < this.#width; i++) mark.writeUInt32LE(this.#words[place * this.#width + i]!, i * 4);
      yield [mark, minute * MINUTE - MARGIN];
    }
  }

  get #capacity(): number {
    return this.#minutes.length;
  }

  /** The place of a mark, or the free place where it would stand. */
  #placeOf(mark: Buffer): number {
    const last = this.#minutes.length - 1;
    let place = mark.readUInt32LE(0) & last;
    while (this.#minutes[place] !== 0 && !this.#isAt(place, mark)) place = (place + 1) & last;
    return place;
  }

  #isAt(place: number, mark: Buffer): boolean {
    const start = place * this.#width;
    for (let i = 0; i < this.#width; i++) {
      if (this.#words[start + i] !== mark.readUInt32LE(i * 4)) return false;
    }
    return true;
  }

  #put(mark: Buffer, minute: number): void {
    const place = this.#placeOf(mark);
    for (let i = 0; i < this.#width; i++) this.#words[place * this.#width + i] = mark.readUInt32LE(i * 4);
    this.#minutes[place] = minute;
    this.#size++;
  }

  /** Frees a place, and closes the gap: what stands behind it and belongs before it moves up. */
  #remove(place: number): void {
    const last = this.#capacity - 1;
    let gap = place;
    for (let next = (gap + 1) & last; this.#minutes[next] !== 0; next = (next + 1) & last) {
      const home = this.#words[next * this.#width]! & last;
      if (((next - home) & last) < ((next - gap) & last)) continue;
      const from = next * this.#width;
      this.#words.copyWithin(gap * this.#width, from, from + this.#width);
      this.#minutes[gap] = this.#minutes[next]!;
      gap = next;
    }
    this.#minutes[gap] = 0;
    this.#size--;
  }

  #grow(): void {
    const [words, minutes] = [this.#words, this.#minutes];
    this.#words = new Uint32Array(words.length * 2);
    this.#minutes = new Uint32Array(minutes.length * 2);
    const last = this.#capacity - 1;
    for (let from = 0; from < minutes.length; from++) {
      if (minutes[from] === 0) continue;
      let place = words[from * this.#width]! & last;
      while (this.#minutes[place] !== 0) place = (place + 1) & last;
      for (let i = 0; i < this.#width; i++)
        this.#words[place * this.#width + i] = words[from * this.#width + i]!;
      this.#minutes[place] = minutes[from]!;
    }
    this.#hand = 0;
  }
}
