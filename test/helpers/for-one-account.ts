import type { ForEachAccount } from '../../src/lib/for-each-account.ts'

/** What a server with this account alone opens. */
export const forOneAccount =
  (accountId: string): ForEachAccount =>
  async (open) => {
    const opened = await open(accountId)
    return { [Symbol.asyncDispose]: async () => dispose(opened) }
  }

async function dispose(opened: Disposable | AsyncDisposable): Promise<void> {
  if (Symbol.asyncDispose in opened) await opened[Symbol.asyncDispose]()
  else opened[Symbol.dispose]()
}
