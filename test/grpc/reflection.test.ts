import { expect, test } from 'vitest';
import { knowsSymbol, listServices } from '../support/reflection-client.js';
import { publicServices, systemServices } from '../support/service-names.js';
import { startServer } from '../support/start-server.js';

test('each listener lists exactly its own services', async () => {
  const server = await startServer();
  expect(await listServices(server.connect(server.publicAddress))).toEqual(
    publicServices.toSorted(),
  );
  expect(await listServices(server.connect(server.operatorAddress))).toEqual(
    systemServices.toSorted(),
  );
});

test('each listener describes every service that it lists', async () => {
  const server = await startServer();
  for (const address of [server.publicAddress, server.operatorAddress]) {
    const channel = server.connect(address);
    for (const service of await listServices(channel)) {
      expect([service, await knowsSymbol(channel, service)]).toEqual([service, true]);
    }
  }
});

test('a server that is told so describes nothing', async () => {
  const server = await startServer({ env: { EWALLET_REFLECTION: 'false' } });
  await expect(listServices(server.connect(server.publicAddress))).rejects.toThrow('UNIMPLEMENTED');
});
