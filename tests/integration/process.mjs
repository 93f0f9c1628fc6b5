// Drives the real binary: starts a server on a free port, asks it, kills it.

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const binary = process.env.PAGEPULSE ?? 'build/dev/tools/pagepulse';

export function temporaryDirectory() {
  const path = mkdtempSync(join(tmpdir(), 'pagepulse-it-'));
  process.on('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}

// Runs the binary to its end.
export function run(args, { env = {}, input } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { env: { ...process.env, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    resolve.child = child;
  });
}

// Runs the binary to its end, or until it is killed: by a named point in env, or once so many
// milliseconds have passed. What it printed is one text.
export async function attempt(args, { env = {}, killAfterMs } = {}) {
  const child = spawn(binary, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const closed = once(child, 'close');
  if (killAfterMs !== undefined) {
    await Promise.race([closed, sleep(killAfterMs)]);
    child.kill('SIGKILL');
  }
  const [code, signal] = await closed;
  assert.ok(signal === 'SIGKILL' || code === 0, `${args.join(' ')} ${JSON.stringify(env)}: ${code} ${output}`);
  return { code, signal, output };
}

export class Server {
  constructor(data, args = [], env = {}) {
    this.data = data;
    this.args = args;
    this.env = env;
    this.listen = '127.0.0.1:0';
  }

  // Resolves once it answers /readyz; false where it died first.
  async start(env = {}) {
    const child = spawn(binary, ['serve', '--data', this.data, '--listen', this.listen, ...this.args], {
      env: { ...process.env, ...this.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    this.alive = true;
    this.log = '';
    child.stderr.on('data', (chunk) => (this.log = (this.log + chunk).slice(-20000)));
    this.exited = new Promise((resolve) =>
      child.on('close', (code, signal) => {
        if (this.child === child) this.alive = false;
        resolve({ code, signal });
      }),
    );
    for (let i = 0; i < 3000 && this.alive; ++i) {
      try {
        const mark = JSON.parse(readFileSync(join(this.data, 'server.json'), 'utf8'));
        if (mark.pid === child.pid && (await fetch(mark.url + '/readyz')).ok) {
          this.url = mark.url;
          return true;
        }
      } catch {
        // not yet
      }
      await sleep(10);
    }
    return false;
  }

  kill(signal = 'SIGKILL') {
    this.child.kill(signal);
    return this.exited;
  }

  // Any route; the answer as it is.
  async request(path, options) {
    const answer = await fetch(this.url + path, options);
    return { status: answer.status, text: await answer.text() };
  }

  async post(lines, headers = {}) {
    const answer = await fetch(this.url + '/v1/events', { method: 'POST', body: lines, headers });
    return { status: answer.status, body: await answer.json() };
  }

  async query(params) {
    const answer = await fetch(this.url + '/v1/query?' + new URLSearchParams(params));
    const body = await answer.json();
    if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
    return body;
  }
}
