import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** The hash of the public key, by which Chromium is told to trust the certificate. */
  readonly fingerprint: string;
}

/** A self-signed certificate, made for this run and valid for a day. */
export const certificate: Certificate = createCertificate();

function createCertificate(): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  try {
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const names =
      'subjectAltName=DNS:localhost,DNS:*.example.test,DNS:example.test,DNS:*.other.test,IP:127.0.0.1';
    const about = ['-days', '1', '-subj', '/CN=localhost', '-addext', names];
    execFileSync('openssl', ['req', ...kind, ...about, '-keyout', keyFile, '-out', certFile], {
      stdio: 'pipe',
    });
    const [key, cert] = [readFileSync(keyFile, 'utf8'), readFileSync(certFile, 'utf8')];
    const publicKey = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
    return { key, cert, fingerprint: createHash('sha256').update(publicKey).digest('base64') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
