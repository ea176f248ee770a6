/**
 * Where a field stands in an object, as upstream's field.Path: `spec.containers[0].env[KEY]`.
 * A path is a link to its parent and a name, so that walking an object builds no strings: the text
 * is made only for a path that ends up in an error.
 */
export class Path {
  readonly #parent: Path | undefined;
  readonly #step: string;

  private constructor(parent: Path | undefined, step: string) {
    this.#parent = parent;
    this.#step = step;
  }

  /** The path of a field at the top of an object, or below: `Path.of('spec', 'ports')`. */
  static of(name: string, ...more: string[]): Path {
    return new Path(undefined, name).child(...more);
  }

  /** A field of this one. */
  child(...names: string[]): Path {
    let path: Path = this;
    for (const name of names) path = new Path(path, `.${name}`);
    return path;
  }

  /** An item of this list: `[0]`. */
  index(index: number): Path {
    return new Path(this, `[${index}]`);
  }

  /** An entry of this map, or an item of a set named by its key: `[name]`. */
  key(key: string): Path {
    return new Path(this, `[${key}]`);
  }

  toString(): string {
    return this.#parent === undefined ? this.#step : this.#parent.toString() + this.#step;
  }
}
