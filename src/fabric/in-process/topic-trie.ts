import { hasWildcard } from '../../lib/topic-filter.ts'

interface Entry<T> {
  value: T
  /** Grows with each subscription; receivers are served in this order. */
  order: number
}

interface Node<T> {
  children: Map<string, Node<T>> | undefined
  /** Filters that end here. */
  here: Set<Entry<T>> | undefined
  /** Filters that end in `#` below here. */
  below: Set<Entry<T>> | undefined
}

/** A fleet has millions: most have one of the three alone. */
const newNode = <T>(): Node<T> => ({ children: undefined, here: undefined, below: undefined })

const maxCachedTopics = 10_000

/**
 * Topic filters in a tree by level, with the receivers of recently used topics at hand. Rules of matching are
 * those of `matchesTopicFilter`.
 */
export class TopicTrie<T> {
  readonly #doesHashMatchParent: boolean
  readonly #root = newNode<T>()
  readonly #matches = new Map<string, readonly T[]>()
  #order = 0

  constructor({ doesHashMatchParent = false }: { doesHashMatchParent?: boolean } = {}) {
    this.#doesHashMatchParent = doesHashMatchParent
  }

  /** Gives back what removes it again. */
  add(filter: string, value: T): () => void {
    const entry = { value, order: this.#order++ }
    const { levels, kind } = parseFilter(filter)
    let node = this.#root
    for (const level of levels) {
      node.children ??= new Map()
      let child = node.children.get(level)
      if (!child) node.children.set(level, (child = newNode()))
      node = child
    }
    node[kind] ??= new Set()
    node[kind].add(entry)
    this.#forget(filter)
    return () => this.#remove(filter, entry)
  }

  #remove(filter: string, entry: Entry<T>): void {
    const { levels, kind } = parseFilter(filter)
    const path = [this.#root]
    for (const level of levels) {
      const child = path.at(-1)?.children?.get(level)
      if (!child) return
      path.push(child)
    }
    const node = path.at(-1)
    if (!node?.[kind]?.delete(entry)) return
    if (node[kind].size === 0) node[kind] = undefined
    this.#forget(filter)
    prune(path, levels)
  }

  /** In the order they were added. The array is shared: do not change it. */
  match(topic: string): readonly T[] {
    const known = this.#matches.get(topic)
    if (known) return known
    const found: Entry<T>[] = []
    collect(this.#root, topic.split('/'), 0, { found, doesHashMatchParent: this.#doesHashMatchParent })
    const values = found.toSorted((left, right) => left.order - right.order).map(({ value }) => value)
    if (this.#matches.size >= maxCachedTopics) this.#matches.clear()
    this.#matches.set(topic, values)
    return values
  }

  /** Whether `match` would find any; nothing is remembered, so it is for topics that are used once. */
  hasMatch(topic: string): boolean {
    return reaches(this.#root, topic, 0, this.#doesHashMatchParent)
  }

  #forget(filter: string): void {
    if (hasWildcard(filter)) this.#matches.clear()
    else this.#matches.delete(filter)
  }
}

function parseFilter(filter: string): { levels: string[]; kind: 'here' | 'below' } {
  const levels = filter.split('/')
  const isOpen = levels.at(-1) === '#'
  if (isOpen) levels.pop()
  return { levels, kind: isOpen ? 'below' : 'here' }
}

interface Search<T> {
  found: Entry<T>[]
  doesHashMatchParent: boolean
}

function collect<T>(node: Node<T>, levels: readonly string[], depth: number, search: Search<T>): void {
  const { found } = search
  const level = levels[depth]
  const isReserved = depth === 0 && (level ?? '').startsWith('$') // wildcards do not reach `$` topics
  if (level === undefined) {
    addAll(found, node.here)
    if (search.doesHashMatchParent) addAll(found, node.below)
    return
  }
  if (!isReserved) {
    addAll(found, node.below)
    const any = node.children?.get('+')
    if (any) collect(any, levels, depth + 1, search)
  }
  const same = node.children?.get(level)
  if (same && level !== '+') collect(same, levels, depth + 1, search)
}

/** Whether `collect` would find any below the node, for the levels of the topic that begin at `start`. */
function reaches<T>(node: Node<T>, topic: string, start: number, doesHashMatchParent: boolean): boolean {
  if (start > topic.length)
    return node.here !== undefined || (doesHashMatchParent && node.below !== undefined)
  const slash = topic.indexOf('/', start)
  const end = slash === -1 ? topic.length : slash
  const level = topic.slice(start, end)
  if (start > 0 || !level.startsWith('$')) {
    if (node.below) return true
    const any = node.children?.get('+')
    if (any && reaches(any, topic, end + 1, doesHashMatchParent)) return true
  }
  const same = level === '+' ? undefined : node.children?.get(level)
  return same !== undefined && reaches(same, topic, end + 1, doesHashMatchParent)
}

/** One by one: a whole fleet may be too much for the arguments of one call. */
function addAll<T>(found: Entry<T>[], entries: ReadonlySet<Entry<T>> | undefined): void {
  if (!entries) return
  for (const entry of entries) found.push(entry)
}

/** Takes nodes away that hold nothing any more, from the leaf up. */
function prune<T>(path: readonly Node<T>[], levels: readonly string[]): void {
  for (let depth = levels.length; depth > 0; depth--) {
    const node = path[depth]
    if (!node || node.children || node.here || node.below) return
    const level = levels[depth - 1]
    const parent = path[depth - 1]
    if (level === undefined || !parent?.children) return
    parent.children.delete(level)
    if (parent.children.size === 0) parent.children = undefined
  }
}
