import { useState } from 'preact/hooks';
import { askCsv, type Route } from '../api.ts';
import { useLocale } from '../i18n/index.ts';
import type { Query } from '../types.ts';

// A name that every file system takes.
function fileName(query: Query): string {
  const page = Array.isArray(query.page) && query.page.length === 1 ? query.page[0]! : 'all';
  const by = (query.by ?? []).join('-').replace(/^time:/, '');
  const days = [query.from, query.to].filter(Boolean).map((text) => text!.slice(0, 10));
  return ['pagepulse', page, by, ...days].join('_').replace(/[^\p{L}\p{N}_-]/gu, '-') + '.csv';
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export function CsvButton(props: { query: Query; label: string; route?: Route }) {
  const { t } = useLocale();
  const [failed, setFailed] = useState(false);
  const download = async () => {
    const { limit: _, ...whole } = props.query;
    try {
      save(await askCsv(whole, props.route), fileName(props.query));
      setFailed(false);
    } catch {
      setFailed(true);
    }
  };
  return (
    <button type="button" class="button small csv" title={t.csvHelp} onClick={download} aria-label={`${t.csv}: ${props.label}`}>
      {failed ? t.retry : t.csv}
    </button>
  );
}
