// A question whose answer is kept right: by a stream of changes, or by asking again.

import { ApiError, ask, request, type Route } from './api.ts';
import { applyChange } from './merge.ts';
import { queryParams } from './queries.ts';
import { takeSlot } from './slots.ts';
import { EventReader } from './sse.ts';
import type { Change, Query, Result } from './types.ts';

export type Phase =
  | 'loading' // nothing yet
  | 'live' // the answer is right
  | 'stale' // it was right at `rightAt`; the server cannot be reached
  | 'failed'; // the question was refused: `error` says why

export interface Snapshot {
  query: Query;
  result: Result | null;
  phase: Phase;
  error: ApiError | null;
  rightAt: number; // epoch ms
}

export interface LiveOptions {
  stream?: boolean; // else asked again
  every?: number; // ms between two questions; 0: asked once
  route?: Route; // that is asked; a stream has but the one
}

const silenceLimit = 25000; // the server's heartbeat comes every 10 s
const pollWithoutSlot = 2000;
const hiddenGrace = 10000;
const retryDelays = [500, 1000, 2000, 4000, 8000];

const open = new Set<LiveQuery>();
const listeners = new Set<() => void>();
const notify = () => listeners.forEach((listener) => listener());

// `since`: when the numbers on the screen were last right, where the server cannot be reached.
export type Connection = { phase: 'none' | 'live' } | { phase: 'stale'; since: number };

export function connection(): Connection {
  const of = (phase: Phase) => [...open].filter((live) => live.snapshot.phase === phase);
  const stale = of('stale');
  if (stale.length > 0) return { phase: 'stale', since: Math.min(...stale.map((live) => live.snapshot.rightAt)) };
  return { phase: of('live').length > 0 ? 'live' : 'none' };
}

export function onConnectionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export class LiveQuery {
  snapshot: Snapshot;
  private readonly closing = new AbortController();
  private connection: AbortController | null = null;
  private revision = '';
  private failures = 0;
  private hiddenTimer = 0;
  private wake: () => void = () => {};

  constructor(
    query: Query,
    private readonly options: LiveOptions,
    private readonly emit: (snapshot: Snapshot) => void,
  ) {
    this.snapshot = { query, result: null, phase: 'loading', error: null, rightAt: 0 };
    open.add(this);
    document.addEventListener('visibilitychange', this.onVisibility);
    window.addEventListener('online', this.onOnline);
    void this.run();
  }

  close(): void {
    open.delete(this);
    this.closing.abort();
    this.connection?.abort();
    clearTimeout(this.hiddenTimer);
    document.removeEventListener('visibilitychange', this.onVisibility);
    window.removeEventListener('online', this.onOnline);
    this.wake();
    notify();
  }

  private get closed(): boolean {
    return this.closing.signal.aborted;
  }

  // A tab that nobody sees gives its connection to one that somebody does.
  private readonly onVisibility = () => {
    clearTimeout(this.hiddenTimer);
    if (document.hidden) this.hiddenTimer = setTimeout(() => this.connection?.abort(), hiddenGrace) as unknown as number;
    else this.wake();
  };

  private readonly onOnline = () => this.wake();

  private update(change: Partial<Snapshot>): void {
    if (this.closed) return;
    this.snapshot = { ...this.snapshot, ...change };
    this.emit(this.snapshot);
    notify();
  }

  private right(result: Result): void {
    this.failures = 0;
    this.update({ result, phase: 'live', error: null, rightAt: Date.now() });
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms < Infinity ? setTimeout(resolve, ms) : 0;
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      if (document.hidden && this.snapshot.result) await this.sleep(Infinity);
      if (this.closed) return;
      this.connection = new AbortController();
      try {
        await this.sleep(await this.once(this.connection.signal));
      } catch (error) {
        if (this.closed) return;
        if (this.connection.signal.aborted && document.hidden) continue;
        if (error instanceof ApiError && !error.passing) {
          this.update({ phase: 'failed', error });
          return;
        }
        this.update({ phase: this.snapshot.result ? 'stale' : 'loading', error: error instanceof ApiError ? error : null });
        const delay = retryDelays[Math.min(this.failures++, retryDelays.length - 1)]!;
        await this.sleep(delay * (0.75 + Math.random() / 2));
      }
    }
  }

  // How long to wait before the next time.
  private async once(signal: AbortSignal): Promise<number> {
    const params = this.options.stream ? queryParams(this.snapshot.query) : null;
    const release = params === null ? null : await takeSlot();
    if (release) {
      try {
        await this.readStream(params!, signal);
      } catch (error) {
        // The server has as many viewers as it takes: it still answers questions.
        if (!(error instanceof ApiError && error.code.startsWith('too_many_'))) throw error;
      } finally {
        release();
      }
    }
    this.right(await ask(this.snapshot.query, signal, this.options.route));
    return this.options.stream ? pollWithoutSlot : this.options.every || Infinity;
  }

  // Until it ends, which is always an error.
  private async readStream(params: string, signal: AbortSignal): Promise<never> {
    const headers: Record<string, string> = { Accept: 'text/event-stream' };
    if (this.revision !== '') headers['Last-Event-ID'] = this.revision;
    const answer = await request('/v1/live?' + params, { headers, signal });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    const events = new EventReader();
    let silence = 0;
    try {
      for (;;) {
        silence = setTimeout(() => void reader.cancel().catch(() => {}), silenceLimit) as unknown as number;
        const { done, value } = await reader.read();
        clearTimeout(silence);
        if (done) throw new ApiError(0, 'offline', 'the stream ended');
        for (const { event, data, id } of events.push(value)) {
          this.take(event, data);
          if (id !== null) this.revision = id;
        }
        // Whatever came, a heartbeat too, says that nothing else has changed.
        if (this.snapshot.result) this.heard();
      }
    } finally {
      clearTimeout(silence);
    }
  }

  private heard(): void {
    if (this.snapshot.phase === 'live') this.snapshot.rightAt = Date.now();
    else this.right(this.snapshot.result!);
  }

  private take(event: string, data: string): void {
    if (event === 'result') this.right(JSON.parse(data) as Result);
    if (event === 'change') this.right(applyChange(this.snapshot.result!, JSON.parse(data) as Change));
    if (event === 'error') {
      const { code, message } = (JSON.parse(data) as { error: { code: string; message: string } }).error;
      throw new ApiError(503, code, message);
    }
  }
}
