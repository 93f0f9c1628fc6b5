import { formatMoment } from '../format.ts';
import { toCivil } from '../civil.ts';
import { postKey } from '../hooks.ts';
import { useLocale } from '../i18n/index.ts';
import { textOf, type Post, type Row } from '../types.ts';
import type { Column } from './table.tsx';

// Its title where a feed gave one, else its id; when it was published; a way to the post itself.
export function PostName(props: { row: Row; page: string; pageName?: string; posts: Map<string, Post> }) {
  const { t, tz } = useLocale();
  const id = textOf(props.row, 'post');
  const post = props.posts.get(postKey(props.page, id));
  const published = post?.published ? formatMoment(toCivil(Date.parse(post.published), tz)) : '';
  const safe = post?.link && /^https?:\/\//.test(post.link);
  return (
    <span class="post">
      <span class={post?.title ? 'post-title' : 'post-title id'} title={post?.title ? id : undefined}>
        {post?.title || id}
      </span>
      <span class="post-facts muted small">
        {[props.pageName, published && t.published(published)].filter(Boolean).join(' · ')}
        {safe && (
          <>
            {' '}
            <a href={post.link} target="_blank" rel="noopener noreferrer" aria-label={`${t.openPost}: ${post.title || id}`}>
              {t.openPost} ↗
            </a>
          </>
        )}
      </span>
    </span>
  );
}

// The column of a list's posts, which says whose each is where they are of several pages.
export function postColumn(head: string, rows: Row[], pageOf: (row: Row) => string, names: Map<string, string>, posts: Map<string, Post>): Column {
  const several = rows.some((row) => 'page' in row);
  return {
    key: 'post',
    text: true,
    head,
    cell: (row) => <PostName row={row} page={pageOf(row)} pageName={several ? names.get(pageOf(row)) : undefined} posts={posts} />,
  };
}
