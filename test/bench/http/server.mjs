/** A process that serves one application and tells its parent what it used. */
import { startApplication } from './application.mjs';
import { createLibraries } from '../libraries/index.mjs';
import { collectAllGarbage } from '../measure/garbage.mjs';

const { library: name, names, platform, builds } = JSON.parse(process.argv[2]);
const library = createLibraries(builds).find((candidate) => candidate.name === name);
const app = await startApplication(library, names, platform);

process.on('message', (question) => {
  if (question === 'cpu') process.send(process.cpuUsage());
  if (question === 'memory') {
    collectAllGarbage();
    process.send(process.memoryUsage());
  }
});
process.on('disconnect', () => process.exit());
process.send({ port: app.getHttpServer().address().port });
