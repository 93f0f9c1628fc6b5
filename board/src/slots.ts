// A browser opens six connections to a server over HTTP/1.1, in all its tabs together, and a stream
// holds one as long as it lives. So streams take a slot; who gets none asks again and again instead.

const count = 4;
const countWithoutLocks = 2; // of this tab: without locks nothing is known of the others
let held = 0;

export type Release = () => void;

function sharesOneConnection(): boolean {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return navigation?.nextHopProtocol === 'h2' || navigation?.nextHopProtocol === 'h3';
}

function tryLock(name: string): Promise<Release | null> {
  return new Promise((resolve) => {
    void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise<void>((release) => resolve(release));
    });
  });
}

// Null: none is free.
export async function takeSlot(): Promise<Release | null> {
  if (sharesOneConnection()) return () => {};
  if (!navigator.locks) {
    if (held >= countWithoutLocks) return null;
    ++held;
    return () => void --held;
  }
  for (let i = 0; i < count; ++i) {
    const release = await tryLock(`pagepulse-live-${i}`);
    if (release) return release;
  }
  return null;
}
