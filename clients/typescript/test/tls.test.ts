import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server as TlsServer } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer } from '../../stand/test-servers.js';
import { connect } from '../src/index.js';
import { remember } from './support/shop.js';

let certificate: Buffer;
let proxy: TlsServer;
let address: string;

/** TLS ends at a proxy in front of the server, as it does in production. */
beforeAll(async () => {
  const server = await startServer();
  const [host = '', port] = server.address.split(':');
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-tls-'));
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ...['-keyout', keyFile, '-out', certificateFile],
    ],
    { stdio: 'ignore' },
  );
  certificate = readFileSync(certificateFile);
  const secure = { key: readFileSync(keyFile), cert: certificate, ALPNProtocols: ['h2'] };
  rmSync(folder, { recursive: true });
  proxy = createServer(secure, (client) => {
    const upstream = dial(Number(port), host);
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, 'localhost', resolve));
  address = `localhost:${(proxy.address() as AddressInfo).port}`;
});

afterAll(() => void proxy.close());

test('a server whose certificate is trusted is called over TLS', async () => {
  const client = remember(connect({ address, tls: { rootCertificates: certificate } }));
  expect((await client.rotate()).sessionToken).not.toBe('');
});

test('a server whose certificate is not trusted is sent nothing', async () => {
  const client = remember(connect({ address, tls: true, timeoutMs: 2_000 }));
  await expect(client.sessions.getServerInfo()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
