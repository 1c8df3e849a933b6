import type { Property } from '../run/property';
import type { Suite } from '../suite';

/** For each implementation, the properties that it has not violated yet. Only these need to be judged. */
export class Intact<View> {
  readonly #all: readonly Property<View>[];
  readonly #of = new Map<string, readonly Property<View>[]>();

  constructor({ properties }: Suite<View>) {
    this.#all = [...properties.values()];
  }

  of(variant: string): readonly Property<View>[] {
    return this.#of.get(variant) ?? this.#all;
  }

  /** Removes a violated property. Returns false, so that the program continues. */
  readonly strike = (variant: string, property: Property<View>): boolean => {
    this.#of.set(
      variant,
      this.of(variant).filter((one) => one !== property),
    );
    return false;
  };
}
