// A test runner for Stryker that loads lib and the tests once, and then runs the tests that reach a mutant until one
// fails. One run costs milliseconds; jest itself would load everything anew for each of thousands of mutants.

import { createRequire } from 'node:module';
import { basename, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

import { commonTokens, declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  MutantRunStatus,
  TestStatus,
} from '@stryker-mutator/api/test-runner';

import { isInSample } from './sample.mjs';
import { largeTests, testFiles } from './test-files.mjs';

const pass = process.env.MUTATION_PASS;
const namespace = '__stryker__';

/** In seconds of computing: a test that needs more for a mutant runs without an end. */
const MOST_SECONDS = pass === 'large' ? 60 : 2;
/** Instrumented code asks so often for the active mutant until the clock is looked at. */
const ASKED_BETWEEN = 10_000;

class InProcessRunner {
  #log;
  #circus;
  /** By file and title, in the order in which they run. */
  #tests = new Map();
  /** By file with mutants, the tests that killed some: they are likely to kill the next. */
  #killers = new Map();
  /** Of the run under way. */
  #failures = new Map();
  #wanted = new Set();
  #bail = false;
  #isDryRun = false;
  /** In microseconds of computing. */
  #deadline = Infinity;

  constructor(log) {
    this.#log = log;
  }

  /**
   * Tests that call lib while they are loaded, too, make Stryker ask for a new process for each mutant that they reach.
   * Only what runs nowhere else needs one.
   */
  capabilities() {
    return { reloadEnvironment: pass !== 'static' };
  }

  async init() {
    this.strykerState = globalThis[namespace] ??= {};
    this.#endLoops();
    await import('./load-typescript.mjs');
    this.#circus = createRequire(`${process.cwd()}/`)('jest-circus');
    process.once('disconnect', () => process.exit());
    // What a test left behind fails the test that runs now, instead of ending the process.
    for (const event of ['unhandledRejection', 'uncaughtException']) {
      process.on(event, (error) => {
        const running = this.#circus.getState().currentlyRunningTest;
        if (running) running.errors.push(error);
        else this.#log.warn(`${event} between tests: ${textOf(error)}`);
      });
    }
    this.#circus.addEventHandler((event) => this.#heard(event));
  }

  /**
   * Instrumented code asks at every step which mutant is active. A step of a loop without an end throws, so that the
   * process goes on; a new one would have to load everything again.
   */
  #endLoops() {
    let active;
    let asked = 0;
    Object.defineProperty(this.strykerState, 'activeMutant', {
      get: () => {
        if (++asked % ASKED_BETWEEN === 0 && process.cpuUsage().user > this.#deadline)
          throw new Error('runs without an end');
        return active;
      },
      set: (id) => {
        active = id;
      },
    });
  }

  /** Loads all tests; with a static mutant while it is active. */
  async #load() {
    if (this.#tests.size > 0) return;
    const { describe, getState, setState } = this.#circus;
    const root = getState().rootDescribeBlock;
    for (const file of testFiles(pass)) {
      let block;
      describe(file, () => {
        block = getState().currentDescribeBlock;
      });
      setState({ ...getState(), currentDescribeBlock: block });
      try {
        await import(pathToFileURL(file).href);
      } finally {
        setState({ ...getState(), currentDescribeBlock: root, testTimeout: 5000 });
      }
      this.#collect(block, relative(process.cwd(), file), '');
    }
  }

  #collect(block, file, path) {
    for (const child of block.children) {
      const title = `${path} ${child.name}`;
      if (child.type !== 'test') this.#collect(child, file, title);
      else if (child.mode !== 'skip' && largeTests.test(title) === (pass === 'large')) {
        let id = `${file}:${title}`;
        while (this.#tests.has(id)) id += "'";
        this.#tests.set(id, { id, file, title: title.trim(), test: child });
        child.id = id;
      }
    }
  }

  #heard(event) {
    if (event.name === 'test_start') {
      this.strykerState.currentTestId = event.test.id;
      this.#deadline = this.#isDryRun ? Infinity : process.cpuUsage().user + MOST_SECONDS * 1e6;
    }
    if (event.name !== 'test_done') return;
    this.#deadline = Infinity;
    this.strykerState.currentTestId = undefined;
    if (event.test.errors.length === 0) return;
    this.#failures.set(event.test.id, textOf(event.test.errors[0]));
    if (this.#bail) for (const id of this.#wanted) this.#tests.get(id).test.mode = 'skip';
  }

  /** Runs the tests of these names, and tells which failed. */
  async #run(ids, bail) {
    const { getState, setState, run } = this.#circus;
    this.#failures = new Map();
    this.#wanted = new Set(ids);
    this.#bail = bail;
    const state = getState();
    const { rootDescribeBlock: all } = state;
    for (const id of ids)
      Object.assign(this.#tests.get(id).test, { mode: undefined, errors: [], seenDone: false });
    setState({ ...state, unhandledErrors: [], rootDescribeBlock: this.#only(all) });
    try {
      await run();
    } finally {
      setState({ ...getState(), rootDescribeBlock: all });
    }
    return this.#failures;
  }

  /** The first pass takes the tests of the mutant's own folder, if any reach it; the second takes the others. */
  #choose({ fileName }, ids) {
    const all = ids.filter((id) => this.#tests.has(id));
    const [, folder] = /[\\/]lib[\\/](\w+)[\\/]/.exec(fileName) ?? [];
    const isNear = (id) => id.startsWith(`test/${folder}/`) && id.includes('.spec.ts:');
    if (pass === 'wide') return all.filter((id) => !isNear(id));
    const near = all.filter(isNear);
    return near.length > 0 && pass !== 'large' ? near : all;
  }

  /** The same block with nothing but the wanted tests. */
  #only(block) {
    const children = block.children
      .map((child) => (child.type === 'test' ? child : this.#only(child)))
      .filter((child) => (child.type === 'test' ? this.#wanted.has(child.id) : child.children.length > 0));
    return { ...block, children };
  }

  async dryRun({ coverageAnalysis }) {
    await this.#load();
    this.strykerState.activeMutant = undefined;
    this.#isDryRun = true;
    const failures = new Map(await this.#run([...this.#tests.keys()], false));
    this.#isDryRun = false;
    for (const [id, failure] of failures)
      this.#log.warn(`left out, since it fails without a mutant: ${id}\n${failure}`);
    const { mutantCoverage } = this.strykerState;
    const tests = [];
    for (const { id, file, title, test } of this.#tests.values()) {
      const timeSpentMs = test.duration ?? 0;
      const leftOut = failures.has(id);
      if (leftOut) delete mutantCoverage?.perTest[id];
      const status = leftOut ? TestStatus.Skipped : TestStatus.Success;
      tests.push({ id, name: `${file}: ${title}`, fileName: file, timeSpentMs, status });
    }
    const slow = tests.filter(({ timeSpentMs }) => timeSpentMs > 1000);
    this.#log.info(slow.map(({ id, timeSpentMs }) => `takes ${timeSpentMs} ms: ${id}`).join('\n'));
    return {
      status: DryRunStatus.Complete,
      tests,
      mutantCoverage: coverageAnalysis === 'off' ? undefined : mutantCoverage,
    };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation }) {
    if (!isChosen(activeMutant)) return { status: MutantRunStatus.Error, errorMessage: 'not in the sample' };
    const isStatic = mutantActivation === 'static';
    const state = this.strykerState;
    state.mutantCoverage = undefined;
    state.hitCount = hitLimit === undefined ? undefined : 0;
    // Stryker allows a hundred times as often as without a mutant, which takes minutes where tests try much.
    state.hitLimit = hitLimit === undefined ? undefined : hitLimit / 30;
    state.activeMutant = isStatic ? activeMutant.id : undefined;
    await this.#load();
    state.activeMutant = activeMutant.id;
    const ids = this.#choose(activeMutant, testFilter ?? [...this.#tests.keys()]);
    const killers = this.#killers.get(activeMutant.fileName) ?? new Set();
    this.#killers.set(activeMutant.fileName, killers);
    const own = `/${basename(activeMutant.fileName, '.ts')}.spec.ts:`;
    const [likely, rest] = [
      ids.filter((id) => killers.has(id) || id.includes(own)),
      ids.filter((id) => !killers.has(id) && !id.includes(own)),
    ];
    let [killer] = await this.#run(likely, true);
    if (killer === undefined) [killer] = await this.#run(rest, true);
    const hitLimitReached = determineHitLimitReached(state.hitCount, state.hitLimit);
    state.hitCount = undefined;
    if (hitLimitReached !== undefined) return hitLimitReached;
    if (killer === undefined) return { status: MutantRunStatus.Survived, nrOfTests: ids.length };
    const [id, failureMessage] = killer;
    killers.add(id);
    if (!isStatic) await this.#refuseLeftovers(id);
    return { status: MutantRunStatus.Killed, killedBy: [id], failureMessage, nrOfTests: ids.length };
  }

  /** What a mutant left behind may fail tests later. Stryker then starts a new process and runs the mutant again. */
  async #refuseLeftovers(id) {
    this.strykerState.activeMutant = undefined;
    this.strykerState.hitLimit = undefined;
    const failures = await this.#run([id], true);
    if (failures.size > 0) throw new Error(`fails without the mutant, too: ${id}: ${failures.get(id)}`);
  }
}

/** In Stryker's memory, lines and columns count from 0; in reports, from 1. */
function isChosen({ fileName, location: { start }, mutatorName, replacement }) {
  const [, file] = /[\\/](lib[\\/].*)$/.exec(fileName);
  const position = { line: start.line + 1, column: start.column + 1 };
  return isInSample(file.replaceAll('\\', '/'), position, mutatorName, replacement);
}

/** Circus keeps an error, or an error and where its test was defined. */
function textOf(error) {
  const thrown = Array.isArray(error) ? (error[0] ?? error[1]) : error;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

function createRunner(log) {
  return new InProcessRunner(log);
}
createRunner.inject = [commonTokens.logger];

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'in-process', createRunner)];
