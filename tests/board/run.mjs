// Runs the tests one after another; where there is no browser they are skipped, and it is said.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { chromium } from './browser.mjs';

if (!chromium) {
  console.log('skipped: no Chromium is installed (tools/install_deps test installs it; PAGEPULSE_CHROMIUM names another)');
  process.exit(77);
}
const given = process.argv.slice(2);
const files = given.length > 0 ? given : readdirSync('.').filter((name) => name.endsWith('.test.mjs'));
for (const file of files) {
  const { status } = spawnSync(process.execPath, ['--test', file], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
