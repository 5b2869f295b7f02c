/** For what is mostly known at once: to await it each time costs more than it does itself. */
export type MaybePromise<Value> = Value | Promise<Value>

/** Undefined when there is nothing to wait for. */
export function whenAll(promises: readonly (Promise<void> | undefined)[]): Promise<void> | undefined {
  const pending = promises.filter((promise) => promise !== undefined)
  return pending.length > 1 ? Promise.all(pending).then(() => undefined) : pending[0]
}
