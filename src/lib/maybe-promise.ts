/** For what is mostly known at once: to await it each time costs more than it does itself. */
export type MaybePromise<Value> = Value | Promise<Value>
