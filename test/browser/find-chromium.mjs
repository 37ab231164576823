import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Returns the path of Chromium: CHROMIUM_PATH if it is set, else the first one on PATH, else undefined. */
export function findChromium({ CHROMIUM_PATH, PATH = '' } = process.env) {
  const onPath = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return (CHROMIUM_PATH ? [CHROMIUM_PATH] : onPath).find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Most folders of PATH have no browser.
    return false;
  }
}
