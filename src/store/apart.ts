/** What may be done side by side. */

export interface Apart {
  /** Of what it does not share with those beside it; without any list it runs alone. */
  apart: readonly string[] | undefined
}

/** Takes the next one out of those that wait, and those right behind it that share no name with it and each other. */
export function takeApart<Item extends Apart>(waiting: Item[], limit: number): Item[] {
  const names = new Set<string>()
  const isApart = ({ apart }: Item): boolean => apart?.every((name) => !names.has(name)) ?? false
  let count = 0
  for (const item of waiting) {
    if (count === limit || (count > 0 && !isApart(item))) break
    count++
    if (!item.apart) break
    for (const name of item.apart) names.add(name)
  }
  return waiting.splice(0, count)
}
