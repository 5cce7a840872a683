import setUpBuild from '../../test/support/build-setup.js';
import { createControlServer } from './control-server.js';
import { openDatabaseHost } from './database-host.js';
import { createStandServers } from './stand-servers.js';

/** A stand that runs. */
export type Stand = {
  /** What clients' tests find in `EWALLET_STAND_URL`. */
  readonly url: string;
  /** What its databases are, for the reader. */
  readonly databases: string;
  /** Ends its servers and removes their databases. */
  stop(): Promise<void>;
};

/** Builds the server when its sources are newer, starts a database server and the control server, on loopback. */
export async function startStand(): Promise<Stand> {
  setUpBuild();
  const host = await openDatabaseHost();
  const servers = createStandServers(host);
  const control = createControlServer(servers);
  return {
    url: await control.listen({ host: '127.0.0.1', port: 0 }),
    databases: host.description,
    async stop() {
      await servers.removeAll();
      await control.close();
      await host.stop();
    },
  };
}
