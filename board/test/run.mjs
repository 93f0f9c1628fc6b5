// Node.js 18 reads no TypeScript: the tests are bundled into one folder, then run by its test runner.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const entryPoints = readdirSync(here).filter((name) => name.endsWith('.test.ts')).map((name) => join(here, name));
const outdir = mkdtempSync(join(tmpdir(), 'pagepulse-board-'));
try {
  await build({
    entryPoints, outdir, bundle: true, platform: 'node', format: 'esm', outExtension: { '.js': '.mjs' },
    jsx: 'automatic', jsxImportSource: 'preact',
  });
  const files = readdirSync(outdir).filter((name) => name.endsWith('.mjs')).map((name) => join(outdir, name));
  process.exitCode = spawnSync(process.execPath, ['--test', ...files], { stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
