import { cpus } from 'node:os';

/** What the figures depend on, as far as it can be told. */
export function describeMachine() {
  const { node, v8, openssl } = process.versions;
  return {
    date: new Date().toISOString().slice(0, 10),
    node,
    v8,
    openssl,
    platform: `${process.platform} ${process.arch}`,
    cpu: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
  };
}
