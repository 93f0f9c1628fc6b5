// Tables: figures by bucket beside a chart, and groups with bars.

import type { ComponentChildren } from 'preact';
import { memo } from './memo.ts';
import { useLocale } from '../i18n/index.ts';
import type { Row } from '../types.ts';

export interface Column {
  key: string;
  head: ComponentChildren;
  cell: (row: Row, index: number) => ComponentChildren;
  text?: boolean; // else a number: to the right
}

interface TableProps {
  caption: string;
  columns: Column[];
  rows: Row[];
  foot?: Row | undefined;
  footName?: string; // else of all rows
  rowClass?: (row: Row) => string;
  fit?: boolean; // as high as its rows; else it scrolls within its card
}

export const DataTable = memo(function DataTable(props: TableProps) {
  const { t } = useLocale();
  const { columns, rows, foot, rowClass } = props;
  return (
    <div class={props.fit ? 'table fit' : 'table'} role="region" aria-label={props.caption} tabIndex={0}>
      <table>
        <caption class="sr-only">{props.caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" class={column.text ? 'text' : 'number'}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index} class={rowClass?.(row)}>
              {columns.map((column, at) =>
                at === 0 ? (
                  <th key={column.key} scope="row" class={column.text ? 'text' : 'number'}>
                    {column.cell(row, index)}
                  </th>
                ) : (
                  <td key={column.key} class={column.text ? 'text' : 'number'}>
                    {column.cell(row, index)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
        {foot && (
          <tfoot>
            <tr>
              {columns.map((column, at) =>
                at === 0 ? (
                  <th key={column.key} scope="row" class="text">
                    {props.footName ?? t.total}
                  </th>
                ) : (
                  <td key={column.key} class={column.text ? 'text' : 'number'}>
                    {column.cell(foot, -1)}
                  </td>
                ),
              )}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
});

// A part of the largest, drawn; the number stands beside it.
export function Bar(props: { part: number }) {
  const width = `${Math.max(0, Math.min(1, props.part)) * 100}%`;
  return (
    <span class="bar" aria-hidden="true">
      <span style={{ width }} />
    </span>
  );
}
