// Which range, and against which other one.

import { useEffect, useState } from 'preact/hooks';
import { dayOf, isDay, parseDay } from '../civil.ts';
import { formatDate } from '../format.ts';
import { useLocale } from '../i18n/index.ts';
import { compares, presets, type State } from '../state.ts';
import type { Range } from '../queries.ts';

const dayText = (end: string | undefined, tz: string, now: number): string => {
  const day = !end ? dayOf(now, tz) : isDay(end) ? end : dayOf(Date.parse(end) - 1, tz);
  return formatDate(day);
};

interface ControlProps {
  state: State;
  set: (change: Partial<State>) => void;
  range: Range;
  now: number;
}

export function RangeControls(props: ControlProps & { compares?: boolean }) {
  const { t } = useLocale();
  const { state, set } = props;
  const [custom, setCustom] = useState(state.preset === 'custom');
  useEffect(() => setCustom(state.preset === 'custom'), [state.preset]);
  return (
    <div class="controls">
      <div class="segments" role="group" aria-label={t.presetsLabel}>
        {presets.map((preset) => (
          <button
            type="button"
            key={preset}
            aria-pressed={custom ? preset === 'custom' : preset === state.preset}
            onClick={() => {
              setCustom(preset === 'custom');
              if (preset !== 'custom') set({ preset, from: '', to: '', zoom: null, step: 'auto', quoted: null });
            }}
          >
            {t.presets[preset]}
          </button>
        ))}
      </div>
      {custom && <Dates {...props} />}
      {props.compares && (
        <label class="field">
          <span>{t.compare}</span>
          <select value={state.compare} onChange={(event) => set({ compare: event.currentTarget.value as State['compare'] })}>
            {compares.map((compare) => (
              <option key={compare} value={compare}>
                {t.compares[compare]}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}

// Typed, since a browser's own date field writes dates as the device does and not as the reader.
function Dates(props: ControlProps) {
  const { t, tz } = useLocale();
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [wrong, setWrong] = useState(false);
  useEffect(() => {
    setFrom(dayText(props.range.from, tz, props.now));
    setTo(dayText(props.range.to, tz, props.now));
    setWrong(false);
  }, [props.range.from, props.range.to, tz]);
  const apply = (event: Event) => {
    event.preventDefault();
    const [first, last] = [parseDay(from), parseDay(to)];
    const right = first !== null && last !== null && first <= last;
    setWrong(!right);
    if (right) props.set({ preset: 'custom', from: first, to: last, zoom: null, step: 'auto', quoted: null });
  };
  const field = (label: string, value: string, change: (text: string) => void) => (
    <label class="field">
      <span>{label}</span>
      <input
        class="date"
        type="text"
        inputMode="numeric"
        autocomplete="off"
        placeholder={t.dateFormat}
        value={value}
        aria-invalid={wrong}
        aria-describedby={wrong ? 'bad-date' : undefined}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </label>
  );
  return (
    <form class="dates" onSubmit={apply}>
      {field(t.from, from, setFrom)}
      {field(t.to, to, setTo)}
      <button type="submit" class="button">
        {t.apply}
      </button>
      {wrong && (
        <span class="wrong small" id="bad-date" role="alert">
          {t.badDate}
        </span>
      )}
    </form>
  );
}
