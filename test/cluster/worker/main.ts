import { DrainingServer } from './serve.js';
import { SETTINGS_VARIABLE, type WorkerSettings } from './settings.js';

const server = await DrainingServer.start(JSON.parse(process.env[SETTINGS_VARIABLE]!) as WorkerSettings);
void server.ended.then(() => process.exit());
process.once('SIGTERM', () => server.drain());
/** Nobody's orphan. */
process.once('disconnect', () => process.exit());
process.send!(server.port);
