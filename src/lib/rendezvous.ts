/** Who of several is to do something, so that all of them find the same one without asking each other. */
import { hash } from 'node:crypto'

/** Rendezvous hashing: when one of them goes, only what was its own is another one's. Undefined when there is nobody. */
export function chooseByHash(names: Iterable<string>, what: string): string | undefined {
  let chosen: string | undefined
  let highest = ''
  for (const name of names) {
    const weight = hash('sha1', `${name}\0${what}`)
    if (chosen !== undefined && (weight < highest || (weight === highest && name < chosen))) continue
    chosen = name
    highest = weight
  }
  return chosen
}
