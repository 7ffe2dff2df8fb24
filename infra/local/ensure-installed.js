// Runs before `npm start` and `npm test`, under whatever Node the machine has: plain JavaScript, no imports from npm.
// Installs from the lockfile when node_modules is missing or older than the lockfile. Says so on standard error only.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const lock = join(root, 'package-lock.json');
const installed = join(root, 'node_modules', '.package-lock.json');

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  process.stderr.write('pullmedic: installing packages from the lockfile …\n');
  // Everything is a development dependency: what is published is one bundle. NODE_ENV=production would leave it out.
  const { status } = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    // npm's own words go to standard error: standard output belongs to the command that follows.
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) {
    process.stderr.write('pullmedic: `npm ci` failed; see above. Nothing was started.\n');
    process.exit(status ?? 1);
  }
}
