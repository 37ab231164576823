import { setTimeout as pause } from 'node:timers/promises';
import type { SoakProcess } from './soak-process.js';
import type { SoakRecord } from './soak-record.js';
import type { Measurement } from './worker/settings.js';

/**
 * How fast what a process needs may grow: bytes for each request.
 *
 * A leak holds at least what makes a request: `IncomingMessage` and its headers are 4 KB, opened content 0.3 to 8 KB.
 * A quarter of a kilobyte is a sixteenth of that. What is remembered on purpose does not grow in the second half: 50
 * opened cookies of each session are there after seconds. Only ended logins add up, 120 bytes for one request in ten.
 * Resident memory comes in pages and is given back late, so its limit is larger.
 */
const LIMITS = { heap: 256, resident: 1_024 } as const;

/** What a process may need more at any time, because V8 compiles, and takes and gives back pages: bytes. */
const SWING = { heap: 2 ** 20, resident: 16 * 2 ** 20 } as const;

/** Of fewer samples, the error says nothing. */
const FEWEST = 16;
/** How often it is looked when nobody is there, and how long between: ms. */
const LOOKS = 5;
const LOOK = 300;

interface Sample extends Measurement {
  readonly at: number;
}

/** Watches what processes need that live from the beginning to the end. */
export class Resources {
  readonly #samples = new Map<SoakProcess, Sample[]>();
  readonly #idle = new Map<SoakProcess, string[]>();

  constructor(
    private readonly places: readonly SoakProcess[],
    private readonly record: SoakRecord,
  ) {}

  async sample(): Promise<void> {
    await this.#each(async (place, measurement) => {
      const samples = this.#samples.get(place) ?? [];
      this.#samples.set(place, samples);
      samples.push({ ...measurement, at: performance.now() });
    });
  }

  /** To be called when no visitor is there. What is there only sometimes, such as a timer, is not counted. */
  async sampleIdle(): Promise<void> {
    const least = new Map<SoakProcess, Record<string, number>>();
    for (let i = 0; i < LOOKS; i++) {
      await this.#each(async (place, { handles }) => {
        const known = least.get(place) ?? handles;
        const kinds = Object.keys(known).map((kind) => [kind, Math.min(known[kind]!, handles[kind] ?? 0)]);
        least.set(place, Object.fromEntries(kinds) as Record<string, number>);
      });
      await pause(LOOK);
    }
    for (const [place, handles] of least) {
      const kinds = Object.entries(handles).filter(([, count]) => count > 0);
      const text = kinds.sort(([one], [other]) => (one < other ? -1 : 1)).map((each) => each.join(' '));
      this.#idle.set(place, [...(this.#idle.get(place) ?? []), text.join(', ')]);
    }
  }

  /** Judges the second half of what was sampled. */
  judge(): void {
    for (const [place, samples] of this.#samples) {
      const half = samples.slice(Math.floor(samples.length / 2));
      for (const what of ['heap', 'resident'] as const) {
        const { slope, error } = lineThrough(half.map((each) => [each.requests, each[what]]));
        const text = `${place.name}: ${slope.toFixed(0)} ± ${error.toFixed(0)} bytes of ${what} memory per request`;
        this.record.note(
          `${text}, now ${(half.at(-1)![what] / 2 ** 20).toFixed(1)} MiB, ${half.length} samples`,
        );
        // Of chance, one in a thousand is further away.
        const least = slope - 3 * error;
        const growth = least * (half.at(-1)!.requests - half[0]!.requests);
        if (half.length >= FEWEST && least > LIMITS[what] && growth > SWING[what])
          this.record.violation('memory that grows', text);
      }
    }
    for (const [place, idle] of this.#idle) {
      this.record.note(`${place.name}, event loop when nobody was there: ${idle.at(-1)}`);
      if (new Set(idle).size > 1)
        this.record.violation('an event loop that has more to do', `${place.name}: ${idle.join(' | ')}`);
    }
  }

  async #each(act: (place: SoakProcess, measurement: Measurement) => Promise<void>): Promise<void> {
    for (const place of this.places) {
      const measurement = await place.measure();
      if (measurement) await act(place, measurement);
    }
  }
}

/** The line of the least squares. @returns its slope, and the standard error of that */
export function lineThrough(points: readonly (readonly [x: number, y: number])[]): {
  readonly slope: number;
  readonly error: number;
} {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (points.length < 3 || spread === 0) return { slope: 0, error: Infinity };
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const rest = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return { slope, error: Math.sqrt(rest / (points.length - 2) / spread) };
}
