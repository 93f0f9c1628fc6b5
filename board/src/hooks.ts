import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, ask, fetchPosts } from './api.ts';
import { addDays } from './civil.ts';
import { LiveQuery, connection, onConnectionChange, type Connection, type LiveOptions, type Snapshot } from './live.ts';
import type { Scope } from './queries.ts';
import type { Metric, Post, Query } from './types.ts';

export interface Answer extends Snapshot {
  // Whether `result` still answers an earlier question: shown until the new answer is there.
  earlier: boolean;
}

// The answer of `query`, kept right while it is on the screen; null: nothing is asked.
export function useLive(query: Query | null, options: LiveOptions): Answer | null {
  const [snapshot, setSnapshot] = useState<Snapshot | null>(null);
  const key = JSON.stringify([query, options]);
  useEffect(() => {
    if (!query) return setSnapshot(null);
    const live = new LiveQuery(query, options, (next) => {
      setSnapshot((last) => (next.result || next.phase === 'failed' || !last ? next : last));
    });
    return () => live.close();
  }, [key]);
  if (!query) return null;
  if (!snapshot) return { query, result: null, phase: 'loading', error: null, rightAt: 0, earlier: false };
  return { ...snapshot, earlier: JSON.stringify(snapshot.query) !== JSON.stringify(query) };
}

export function useConnection(): Connection {
  const [now, setNow] = useState(connection());
  useEffect(() => onConnectionChange(() => setNow((last) => (JSON.stringify(last) === JSON.stringify(connection()) ? last : connection()))), []);
  return now;
}

// The clock, at each full `ms`.
export function useClock(ms: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setTimeout(() => setNow(Date.now()), ms - (Date.now() % ms) + 20);
    return () => clearTimeout(timer);
  }, [now, ms]);
  return now;
}

// The first and the last day on which anything happened; null: nothing ever did.
export interface Extent {
  first: string;
  last: string;
}

async function edge(scope: Scope, order: 'time' | '-time'): Promise<string | null> {
  const metrics: Metric[] = ['views', 'interactions', 'follows'];
  const query: Query = { ...scope, metrics, order: [order], fill: 'none', limit: 1 };
  const months = await ask({ ...query, from: '1970-01-01', by: ['time:month'] });
  if (months.rows.length === 0) return null;
  const month = String(months.rows[0]!.time).slice(0, 7) + '-01';
  const end = addDays(addDays(month, 31).slice(0, 8) + '01', -1);
  const days = await ask({ ...query, from: month, to: end, by: ['time:day'] });
  return String(days.rows[0]?.time ?? month).slice(0, 10);
}

// Undefined while it is not known. Asked again when a day begins, since the first may have come.
export function useExtent(scope: Scope | null, today: string): Extent | null | undefined {
  const [extent, setExtent] = useState<Extent | null | undefined>(undefined);
  useEffect(() => {
    let current = true;
    setExtent(undefined);
    if (!scope) return;
    const find = async () => {
      try {
        const [first, last] = await Promise.all([edge(scope, 'time'), edge(scope, '-time')]);
        if (current) setExtent(first && last ? { first, last } : null);
      } catch (error) {
        if (!current) return;
        if (error instanceof ApiError && !error.passing) setExtent(null);
        else setTimeout(find, 2000);
      }
    };
    void find();
    return () => void (current = false);
  }, [JSON.stringify(scope), today]);
  return extent;
}

// Titles and links of the posts of these pages, by page and id, as far as a feed gave them.
export function usePosts(pages: string[]): Map<string, Post> {
  const [posts, setPosts] = useState(new Map<string, Post>());
  const asked = useRef(new Set<string>());
  useEffect(() => {
    for (const page of pages) {
      if (asked.current.has(page)) continue;
      asked.current.add(page);
      fetchPosts(page)
        .then((list) => setPosts((known) => new Map([...known, ...list.map((post) => [postKey(page, post.post), post] as const)])))
        .catch(() => asked.current.delete(page)); // its ids are shown instead
    }
  }, [pages.join('\n')]);
  return posts;
}

export const postKey = (page: string, post: string): string => `${page}\n${post}`;

// Whether the viewport is at most this wide.
export function useMedia(query: string): boolean {
  const list = window.matchMedia(query);
  const [matches, setMatches] = useState(list.matches);
  useEffect(() => {
    const listen = () => setMatches(list.matches);
    list.addEventListener('change', listen);
    return () => list.removeEventListener('change', listen);
  }, [query]);
  return matches;
}
