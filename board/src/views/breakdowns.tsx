// What a range is made of: reactions by kind, sources, pages, posts.

import { useMemo, useState } from 'preact/hooks';
import { CsvButton } from '../components/csv.tsx';
import { Change, formatMetric } from '../components/figures.tsx';
import { MetricHead } from '../components/metric_head.tsx';
import { postColumn } from '../components/post_name.tsx';
import { Card, Empty, Failed, Loading } from '../components/states.tsx';
import { Bar, DataTable, type Column } from '../components/table.tsx';
import { MetricName } from '../components/tip.tsx';
import { searchBy } from '../fold.ts';
import { formatNumber, formatPercent } from '../format.ts';
import { postKey, useLive, usePosts, type Answer } from '../hooks.ts';
import { useLocale } from '../i18n/index.ts';
import { groupQuery, postsQuery, reactionsQuery, type Range, type Scope } from '../queries.ts';
import type { State } from '../state.ts';
import { hadBefore, numberOf, textOf, type Compare, type Metric, type Page, type Row } from '../types.ts';

const pollEvery = 10000; // of a range that goes on: its headline is pushed, these are asked for again

interface BreakdownProps {
  state: State;
  set: (change: Partial<State>) => void;
  scope: Scope;
  range: Range;
  open: boolean;
  compare: Compare | undefined;
  pages: Page[];
}

export function Breakdowns(props: BreakdownProps) {
  const several = props.scope.page === '*' ? props.pages.length > 1 : props.scope.page.length > 1;
  return (
    <>
      <div class="halves">
        <Reactions {...props} />
        <Groups {...props} by="source" />
      </div>
      {several && <Groups {...props} by="page" />}
      <Posts {...props} />
    </>
  );
}

function CardOf(props: { id: string; title: string; answer: Answer | null; empty: string; children: (answer: Answer) => preact.ComponentChildren }) {
  const { answer, title } = props;
  if (answer?.phase === 'failed' && !answer.earlier) return <Card title={title}><Failed error={answer.error!} /></Card>;
  if (!answer?.result) return <Card title={title}><Loading lines={4} /></Card>;
  const content = answer.result.rows.length === 0 ? <Empty title={props.empty} /> : props.children(answer);
  return (
    <Card id={props.id} title={title} busy={answer.earlier} actions={<CsvButton query={answer.query} label={title} />}>
      {content}
    </Card>
  );
}

const emoji: Record<string, string> = { like: '👍', love: '❤️', care: '🥰', haha: '😆', wow: '😮', sad: '😢', angry: '😡' };

function Reactions(props: BreakdownProps) {
  const { t, lang } = useLocale();
  const answer = useLive(reactionsQuery(props.scope, props.range, props.compare), { every: props.open ? pollEvery : 0 });
  return (
    <CardOf id="reactions" title={t.reactionsByKind} answer={answer} empty={t.emptyRange}>
      {({ result }) => {
        const { rows, totals } = result!;
        const largest = Math.max(1, ...rows.map((row) => numberOf(row, 'reactions') ?? 0));
        const total = numberOf(totals, 'reactions') ?? 0;
        const name = (row: Row) => (row.reaction === null ? t.unknownReaction : t.reaction[textOf(row, 'reaction')] ?? textOf(row, 'reaction'));
        const columns: Column[] = [
          {
            key: 'kind',
            text: true,
            head: <MetricName metric="reactions" />,
            cell: (row) => (
              <span class="named">
                <span class="emoji" aria-hidden="true">{emoji[textOf(row, 'reaction')] ?? ''}</span> {name(row)}
                <Bar part={(numberOf(row, 'reactions') ?? 0) / largest} />
              </span>
            ),
          },
          { key: 'n', head: t.count, cell: (row) => formatMetric('reactions', numberOf(row, 'reactions'), lang) },
          { key: 'share', head: t.share, cell: (row) => (total > 0 ? formatPercent((numberOf(row, 'reactions') ?? 0) / total, lang) : '–') },
        ];
        if (hadBefore(result!)) columns.push(changeColumn('reactions', t.againstBefore));
        return <DataTable fit caption={t.reactionsByKind} columns={columns} rows={rows} foot={totals} />;
      }}
    </CardOf>
  );
}

function changeColumn(metric: Metric, head: string): Column {
  return {
    key: 'change',
    head,
    cell: (row) => <Change metric={metric} value={numberOf(row, metric)} before={numberOf(row, 'compare.' + metric)} />,
  };
}

function Groups(props: BreakdownProps & { by: 'source' | 'page' }) {
  const { t, lang } = useLocale();
  const { by } = props;
  const answer = useLive(groupQuery(props.scope, props.range, by, props.compare), { every: props.open ? pollEvery : 0 });
  const title = by === 'source' ? t.sources : t.byPage;
  const names = useMemo(() => new Map(props.pages.map((page) => [page.page, page.name])), [props.pages]);
  const name = (row: Row) => {
    const id = textOf(row, by);
    if (by === 'page') return names.get(id) ?? id;
    return row.source === null ? t.unknownSource : t.source[id] ?? id;
  };
  return (
    <CardOf id={by + 's'} title={title} answer={answer} empty={t.emptyRange}>
      {({ result }) => {
        const { rows, totals } = result!;
        const largest = Math.max(1, ...rows.map((row) => numberOf(row, 'views') ?? 0));
        const metrics: Metric[] = ['views', 'reach', 'interactions'];
        const columns: Column[] = [
          {
            key: by,
            text: true,
            head: by === 'source' ? t.sources : t.page,
            cell: (row) => (
              <span class="named">
                {name(row)}
                <Bar part={(numberOf(row, 'views') ?? 0) / largest} />
              </span>
            ),
          },
          ...metrics.map((metric) => ({
            key: metric,
            head: <MetricHead metric={metric} result={result!} />,
            cell: (row: Row) => formatMetric(metric, numberOf(row, metric), lang),
          })),
        ];
        if (hadBefore(result!)) columns.push(changeColumn('views', t.againstBefore));
        return <DataTable fit={by === 'source'} caption={title} columns={columns} rows={rows} foot={totals} />;
      }}
    </CardOf>
  );
}

const atFirst = 10;
// Whose posts are all looked through: of more pages, those that are in the answer.
const mostSearched = 8;
const mostFound = 200;

function Posts(props: BreakdownProps) {
  const { t, lang } = useLocale();
  const [order, setOrder] = useState<Metric>('interactions');
  const [search, setSearch] = useState('');
  const [all, setAll] = useState(false);
  const asked = props.scope.page === '*' ? props.pages.map((page) => page.page) : props.scope.page;
  const few = asked.length <= mostSearched;
  const known = usePosts(few ? asked : []);
  const wanted = useMemo(() => {
    if (search.trim() === '') return undefined;
    const found = searchBy([...known.values()], search, (post) => [post.title ?? '', post.post]);
    return found.length > 0 ? found.slice(0, mostFound).map((post) => post.post) : undefined;
  }, [search, known]);
  const answer = useLive(postsQuery(props.scope, props.range, order, wanted), { every: props.open ? pollEvery : 0 });
  const pageOf = (row: Row) => textOf(row, 'page') || (props.scope.page === '*' ? props.pages[0]?.page ?? '' : props.scope.page[0]!);
  const shownPages = [...new Set(answer?.result?.rows.map(pageOf) ?? [])];
  const others = usePosts(few ? [] : shownPages);
  const posts = few ? known : others;
  const names = useMemo(() => new Map(props.pages.map((page) => [page.page, page.name])), [props.pages]);
  return (
    <CardOf id="posts" title={t.topPosts} answer={answer} empty={t.noPosts}>
      {({ result }) => {
        const { meta } = result!;
        // Posts that are asked for by name are rows even where nothing happened.
        const happened = result!.rows.filter((row) => numberOf(row, 'views') || numberOf(row, 'interactions'));
        const found = searchBy(wanted ? happened : result!.rows, search, (row) => {
          const id = textOf(row, 'post');
          return [posts.get(postKey(pageOf(row), id))?.title ?? '', id];
        });
        const rows = search || all ? found : found.slice(0, atFirst);
        const metrics: Metric[] = ['interactions', 'views', 'reach', 'engagement_rate'];
        const columns: Column[] = [
          postColumn(t.post, result!.rows, pageOf, names, posts),
          ...metrics.map((metric) => ({
            key: metric,
            head: (
              <span class="sortable">
                <MetricHead metric={metric} result={result!} />
                <button type="button" class="sort" aria-pressed={order === metric} aria-label={t.sortBy(t.metric[metric])} onClick={() => setOrder(metric)}>
                  ▼
                </button>
              </span>
            ),
            cell: (row: Row) => formatMetric(metric, numberOf(row, metric), lang),
          })),
        ];
        const count = meta.truncated?.of ?? (wanted ? happened : result!.rows).length;
        return (
          <>
            <div class="list-tools">
              <input type="search" class="search" placeholder={t.searchPosts} aria-label={t.searchPosts} value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
              <span class="muted small" role="status">{t.postsOf(formatNumber(rows.length, lang), formatNumber(count, lang))}</span>
            </div>
            <DataTable fit caption={t.topPosts} columns={columns} rows={rows} />
            {!search && found.length > atFirst && (
              <button type="button" class="button small more" onClick={() => setAll(!all)}>
                {all ? t.showLess : t.showMore}
              </button>
            )}
          </>
        );
      }}
    </CardOf>
  );
}
