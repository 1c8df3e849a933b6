import type { Property } from '../run/property';
import type { Suite } from '../suite';

/** The properties that each implementation has not broken yet: whoever searches judges those alone. */
export class Intact<View> {
  readonly #all: readonly Property<View>[];
  readonly #of = new Map<string, readonly Property<View>[]>();

  constructor({ properties }: Suite<View>) {
    this.#all = [...properties.values()];
  }

  of(variant: string): readonly Property<View>[] {
    return this.#of.get(variant) ?? this.#all;
  }

  /** The property is broken; false: the program goes on. */
  readonly strike = (variant: string, property: Property<View>): boolean => {
    this.#of.set(
      variant,
      this.of(variant).filter((one) => one !== property),
    );
    return false;
  };
}
