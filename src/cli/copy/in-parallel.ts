/** So many calls of an end at a time: AWS allows ten a second of many operations, and a Muster is not in a hurry either. */
const atOnce = 8

/** Results in the order of the items. What fails first is thrown once the others under way have ended. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const left = items.entries()
  const failures: unknown[] = []
  const workThrough = async () => {
    for (const [index, item] of left) {
      try {
        results[index] = await work(item)
      } catch (error) {
        failures.push(error)
      }
      if (failures.length > 0) return
    }
  }
  await Promise.all(Array.from({ length: atOnce }, workThrough))
  if (failures.length > 0) throw failures[0]
  return results
}
