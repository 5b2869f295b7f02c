import type { MaybePromise } from './maybe-promise.ts'

/**
 * Opens something for each account that is open, one after the other, and for each that is made later, before that is
 * answered. What `open` resolves with is disposed of when its account is closed. Disposing ends all.
 */
export type ForEachAccount = (
  open: (accountId: string) => MaybePromise<Disposable | AsyncDisposable>,
) => Promise<AsyncDisposable>
