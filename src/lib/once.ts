/** What is found out when it is first asked for, and kept; a failure is not, so that who asks next tries again. */
export function once<Value>(find: () => Promise<Value>): () => Promise<Value> {
  let found: Promise<Value> | undefined
  return () => {
    found ??= find().catch((cause: unknown) => {
      found = undefined
      throw cause
    })
    return found
  }
}
