// What a fact's events come to: a plain reading of product.md's rules for facts, one state machine
// and nothing of the engine's. The recounts of this folder are built on it.

// Events of equal time apply in this order.
export const OPS = ['add', 'edit', 'hide', 'unhide', 'remove'];

// Walks the events of one fact, which must be sorted (time, op, reaction, post, source; text by its
// bytes, an absent one first). Equal events are one event. Events: {ts, op, kind, post, source} with
// '' for what is absent; kind is the reaction. Returns moves {ts, kind, post, source, n}: n is +1
// where the fact became present and -1 where it ceased to be.
export function walk(events) {
  const moves = [];
  let state = 'absent';
  let kind = '';
  let post = '';
  let source = '';
  let last = null;
  const move = (ts, n) => moves.push({ ts, kind, post, source, n });

  for (const event of events) {
    if (last !== null && sameEvent(last, event)) continue;
    last = event;
    const before = state;
    switch (event.op) {
      case 'add':
        if (state === 'absent') ({ post, source } = event);
        state = 'present';
        break;
      case 'edit':
        break;
      case 'hide':
        if (state === 'present') state = 'hidden';
        break;
      case 'unhide':
        if (state === 'hidden') state = 'present';
        break;
      case 'remove':
        state = 'absent';
        break;
      default:
        throw new Error(`no such op: ${event.op}`);
    }
    const setsKind = event.op === 'add' || (event.op === 'edit' && before !== 'absent');
    const newKind = setsKind ? event.kind : kind;
    if (before === 'present' && (state !== 'present' || newKind !== kind)) move(event.ts, -1);
    const wasShownAlike = before === 'present' && newKind === kind;
    kind = newKind;
    if (state === 'present' && !wasShownAlike) move(event.ts, +1);
  }
  return moves;
}

function sameEvent(a, b) {
  return a.ts === b.ts && a.op === b.op && a.kind === b.kind && a.post === b.post &&
    a.source === b.source;
}
