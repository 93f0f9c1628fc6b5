import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaults, readState, writeState, type State } from '../src/state.ts';

test('an address without anything is the default, and the default has none', () => {
  assert.deepEqual(readState(''), defaults);
  assert.equal(writeState(defaults), '');
});

test('what is written is read again', () => {
  const states: Partial<State>[] = [
    { wall: true },
    { lang: 'en', tz: 'Europe/Berlin', pages: ['a,b', 'Đường & phố', 'c'] },
    { view: 'range', preset: 'today', compare: 'none', metric: 'reach', step: '15min' },
    { view: 'range', preset: 'custom', from: '2025-07-01', to: '2025-12-18', zoom: [60000, 180000] },
    { view: 'range', preset: 'custom', from: '2025-07-01', to: '2025-12-18T09:30:00+07:00' },
    { view: 'reconcile', pages: ['p'], preset: 'month', metric: 'follows' },
    { view: 'reconcile', preset: 'custom', from: '2025-07-01', to: '2025-12-18' },
    {
      view: 'range',
      preset: 'custom',
      from: '2025-07-01',
      to: '2025-12-18',
      quoted: { at: 1766025600000, figures: [{ metric: 'views', value: 2245465 }, { metric: 'interactions', value: -3 }] },
    },
  ];
  for (const change of states) {
    const state = { ...defaults, ...change };
    assert.deepEqual(readState(writeState(state)), state);
  }
});

test('a metric that a view has not is its default', () => {
  assert.equal(readState('?view=range&metric=follows').metric, 'views');
  assert.equal(readState('?view=reconcile&metric=engagement_rate').metric, 'views');
  assert.equal(writeState({ ...defaults, view: 'range', metric: 'follows' }), '?view=range');
});

test('what makes no sense is as if it were not there', () => {
  const nonsense = '?view=x&range=custom&from=2025-02-30&to=2025-13-01&compare=y&metric=z&step=s&zoom=5-2&tz=Mars/X&lang=de&quoted=a:1&at=1';
  assert.deepEqual(readState(nonsense), defaults);
});
