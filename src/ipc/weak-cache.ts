/** Objects by what they stand for, as long as somebody else has them. */
export class WeakCache<K, V extends object> {
  private readonly refs = new Map<K, WeakRef<V>>();
  private readonly collected = new FinalizationRegistry<K>((key) => {
    // There may be a new one by now.
    if (this.refs.get(key)?.deref() === undefined) this.refs.delete(key);
  });

  get(key: K): V | undefined {
    return this.refs.get(key)?.deref();
  }

  add(key: K, value: V): V {
    this.refs.set(key, new WeakRef(value));
    this.collected.register(value, key);
    return value;
  }
}
