/**
 * Makes sure that the tests have a MySQL server to run, where that takes no decision of anybody's:
 * as root on Debian or Ubuntu it installs one with apt-get. Anywhere else, and when that fails, it
 * says nothing: the test report tells what was not tested.
 */
import { spawnSync } from 'node:child_process';
import { findMysql, findProgram } from '../test/support/find-mysql.js';

const isRoot = process.getuid?.() === 0;
if (findMysql() === undefined && isRoot && findProgram('apt-get') !== undefined) {
  console.log('No MySQL server on this machine: installing mariadb-server-core for the tests.');
  aptGet('update');
  // The second name is for Ubuntu, where the first carries a version.
  aptGet('install', 'mariadb-server-core') || aptGet('install', 'default-mysql-server-core');
}

function aptGet(command: 'update' | 'install', ...packages: string[]): boolean {
  const options = command === 'install' ? ['--yes', '--no-install-recommends'] : [];
  const { status } = spawnSync('apt-get', ['-qq', command, ...options, ...packages], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0;
}
