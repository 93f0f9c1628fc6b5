// Search that does not mind how something is typed: `duong` finds `Đường`.

// Letters without their marks, in lower case. đ has no decomposition.
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/đ/g, 'd');
}

// How well `text` matches, the lower the better; null: not at all. As typed comes before folded,
// the beginning before a word's beginning before anywhere.
export function matchRank(text: string, search: string): number | null {
  if (search === '') return 0;
  const ranks = [text.toLowerCase().normalize('NFC'), fold(text)];
  const wanted = [search.toLowerCase().normalize('NFC'), fold(search)];
  for (let kind = 0; kind < 2; ++kind) {
    const at = ranks[kind]!.indexOf(wanted[kind]!);
    if (at < 0) continue;
    const place = at === 0 ? 0 : /[\p{L}\p{N}]/u.test(ranks[kind]![at - 1]!) ? 2 : 1;
    return kind * 3 + place;
  }
  return null;
}

// Those that match, best first; equal ones in the order they had.
export function searchBy<T>(items: readonly T[], search: string, texts: (item: T) => string[]): T[] {
  const found: { item: T; rank: number }[] = [];
  for (const item of items) {
    const ranks = texts(item).map((text) => matchRank(text, search.trim()));
    const known = ranks.filter((rank): rank is number => rank !== null);
    if (known.length > 0) found.push({ item, rank: Math.min(...known) });
  }
  return found.sort((a, b) => a.rank - b.rank).map(({ item }) => item);
}
