import { Component, type ComponentChildren } from 'preact';

interface Props {
  /** All that decides how it looks, as text. */
  readonly is: string;
  draw(): ComponentChildren;
}

/** A part of the page that is drawn again only when what it shows has changed: of many, a step changes few. */
export class Kept extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    return next.is !== this.props.is;
  }
  override render() {
    return this.props.draw();
  }
}
