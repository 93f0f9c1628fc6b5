// Renders again only when a property is another: preact/compat's memo, without compat.

import { Component, h, type ComponentType, type FunctionComponent } from 'preact';

export function memo<P extends object>(render: FunctionComponent<P>): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const [a, b] = [this.props as Record<string, unknown>, next as Record<string, unknown>];
      return Object.keys({ ...a, ...b }).some((key) => a[key] !== b[key]);
    }
    override render() {
      return h(render, this.props as P);
    }
  };
}
