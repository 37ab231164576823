// A test runner for Stryker that loads lib and the tests once, and then runs the tests that reach a mutant until one
// fails. One run costs milliseconds; jest itself would load everything anew for each of thousands of mutants. A mutant
// in code that runs only while lib is loaded needs that, but the packages stay loaded.

import { createRequire } from 'node:module';
import { basename, relative } from 'node:path';

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
const MOST_SECONDS = pass === 'large' ? 60 : 5;
/** Instrumented code asks so often for the active mutant until the clock is looked at. */
const ASKED_BETWEEN = 10_000;
/** What was loaded stays in memory. A new process begins after so many times. */
const MOST_LOADS = 40;

class InProcessRunner {
  #log;
  #circus;
  #loader;
  #loads = 0;
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

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    this.strykerState = globalThis[namespace] ??= {};
    this.#endLoops();
    this.#loader = await import('./load-typescript.mjs');
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

  /** Loads tests instead of those that are loaded; with a static mutant while it is active. */
  async #load(files) {
    const { describe, getState, setState } = this.#circus;
    const root = getState().rootDescribeBlock;
    for (const list of [root.children, root.hooks, root.tests]) list.length = 0;
    this.#tests.clear();
    this.#loader.loadAnew();
    this.#loads++;
    for (const file of files) {
      let block;
      describe(file, () => {
        block = getState().currentDescribeBlock;
      });
      setState({ ...getState(), hasStarted: false, currentDescribeBlock: block });
      try {
        await import(this.#loader.urlOfFile(file));
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
  #choose(mutant, ids) {
    const all = ids.filter((id) => this.#tests.has(id));
    if (pass === 'wide') return all.filter((id) => !isNear(mutant, id));
    const near = all.filter((id) => isNear(mutant, id));
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
    this.strykerState.activeMutant = undefined;
    await this.#load(testFiles(pass));
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
    // Stryker then starts one, and runs the mutant again.
    if (this.#loads > MOST_LOADS) throw new Error('needs a new process');
    state.activeMutant = undefined;
    if (!isStatic && this.#tests.size === 0) await this.#load(testFiles(pass));
    state.activeMutant = activeMutant.id;
    const { killer, nrOfTests } = isStatic
      ? await this.#loadAndTest(activeMutant)
      : await this.#test(activeMutant, testFilter ?? [...this.#tests.keys()]);
    const hitLimitReached = determineHitLimitReached(state.hitCount, state.hitLimit);
    state.hitCount = undefined;
    if (hitLimitReached !== undefined) return hitLimitReached;
    if (killer === undefined) return { status: MutantRunStatus.Survived, nrOfTests };
    const [id, failureMessage] = killer;
    if (!isStatic) await this.#removeLeftovers(id);
    return { status: MutantRunStatus.Killed, killedBy: [id], failureMessage, nrOfTests };
  }

  /** Runs the tests until one fails, those first that are likely to. */
  async #test(mutant, among) {
    const ids = this.#choose(mutant, among);
    const killers = this.#killers.get(mutant.fileName) ?? new Set();
    this.#killers.set(mutant.fileName, killers);
    const own = `/${basename(mutant.fileName, '.ts')}.spec.ts:`;
    const isLikely = (id) => killers.has(id) || id.includes(own);
    let [killer] = await this.#run(ids.filter(isLikely), true);
    if (killer === undefined)
      [killer] = await this.#run(
        ids.filter((id) => !isLikely(id)),
        true,
      );
    if (killer !== undefined) killers.add(killer[0]);
    return { killer, nrOfTests: ids.length };
  }

  /** Tests of the mutant's own folder are loaded first, and all others only if none of them fails. */
  async #loadAndTest(mutant) {
    const all = ['fast', 'wide'].flatMap((name) => testFiles(name));
    const near = all.filter((file) => isNear(mutant, relative(process.cwd(), file)));
    let nrOfTests = 0;
    for (const files of [near, all.filter((file) => !near.includes(file))]) {
      try {
        await this.#load(files);
      } catch (error) {
        return { killer: ['loading', textOf(error)], nrOfTests };
      }
      const tested = await this.#test(mutant, [...this.#tests.keys()]);
      nrOfTests += tested.nrOfTests;
      if (tested.killer !== undefined) return { ...tested, nrOfTests };
    }
    return { killer: undefined, nrOfTests };
  }

  /** What a mutant left behind may fail tests later. Then lib is loaded anew. */
  async #removeLeftovers(killer) {
    this.strykerState.activeMutant = undefined;
    this.strykerState.hitLimit = undefined;
    if ((await this.#run([killer], true)).size === 0) return;
    await this.#load(testFiles(pass));
    const [failure] = await this.#run([killer], true);
    if (failure) throw new Error(`fails without the mutant, too: ${failure.join(': ')}`);
  }
}

/** Whether a test, or a file of tests, stands in the folder of the mutant's own file. */
function isNear({ fileName }, test) {
  const [, folder] = /[\\/]lib[\\/](\w+)[\\/]/.exec(fileName) ?? [];
  return test.startsWith(`test/${folder}/`) && test.includes('.spec.ts');
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
