import { crossedBy, isUnmeasured, type Metric, type Result } from '../types.ts';
import { DefinitionMark } from './definitions.tsx';
import { UnmeasuredMark } from './measured.tsx';
import { Estimate, MetricName } from './tip.tsx';

// A metric over its numbers, with what must be known of them.
export function MetricHead(props: { metric: Metric; result: Result }) {
  const { metric, result } = props;
  const { meta } = result;
  return (
    <>
      <MetricName metric={metric} /> <Estimate meta={meta.metrics[metric]} /> <DefinitionMark crossed={crossedBy(meta, metric)} />{' '}
      <UnmeasuredMark metric={metric} meta={meta} none={isUnmeasured(result, metric)} />
    </>
  );
}
