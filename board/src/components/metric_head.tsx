import type { Meta, Metric } from '../types.ts';
import { crossedBy } from '../types.ts';
import { DefinitionMark } from './definitions.tsx';
import { Estimate, MetricName } from './tip.tsx';

// A metric over its numbers, with what must be known of them.
export function MetricHead(props: { metric: Metric; meta: Meta }) {
  const { metric, meta } = props;
  return (
    <>
      <MetricName metric={metric} /> <Estimate meta={meta.metrics[metric]} /> <DefinitionMark crossed={crossedBy(meta, metric)} />
    </>
  );
}
