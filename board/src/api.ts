// The server's answers. A token, where the server wants one, is kept in this browser.

import type { Page, Post, Query, Result } from './types.ts';

const tokenKey = 'pagepulse.token';

export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: no answer
    readonly code: string,
    message: string,
    readonly hint = '',
  ) {
    super(message);
  }

  // Whether asking again may help.
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
  get wantsToken(): boolean {
    return this.status === 401;
  }
}

export const savedToken = (): string => localStorage.getItem(tokenKey) ?? '';

export function saveToken(token: string): void {
  if (token === '') localStorage.removeItem(tokenKey);
  else localStorage.setItem(tokenKey, token);
}

export async function request(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  const token = savedToken();
  if (token !== '') headers.set('Authorization', `Bearer ${token}`);
  let answer: Response;
  try {
    answer = await fetch(path, { ...options, headers, cache: 'no-store', redirect: 'error' });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, 'offline', String(error));
  }
  if (answer.ok) return answer;
  const body = (await answer.json().catch(() => null)) as { error?: Record<string, string> } | null;
  const { code = 'http', message = answer.statusText, hint = '' } = body?.error ?? {};
  throw new ApiError(answer.status, code, message, hint);
}

const post = (body: unknown, signal?: AbortSignal): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
  signal,
});

// What is asked: our count, or that beside the platform's (docs/reported.md, "Reconciling").
export type Route = '/v1/query' | '/v1/reconcile';

export async function ask(query: Query, signal?: AbortSignal, route: Route = '/v1/query'): Promise<Result> {
  return (await request(route, post(query, signal))).json() as Promise<Result>;
}

// As bytes for Excel: with a byte order mark.
export async function askCsv(query: Query, route: Route = '/v1/query'): Promise<Blob> {
  return (await request(route, post({ ...query, format: 'csv', bom: true }))).blob();
}

export async function fetchPages(): Promise<Page[]> {
  const answer = await request('/v1/pages?limit=100000');
  return ((await answer.json()) as { pages: Page[] }).pages;
}

export async function fetchPosts(page: string): Promise<Post[]> {
  const params = new URLSearchParams({ page, limit: '100000' });
  return ((await (await request('/v1/posts?' + params)).json()) as { posts: Post[] }).posts;
}
