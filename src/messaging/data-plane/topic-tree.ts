/** Topics by their levels, so that a filter is followed instead of being held against each of them. */
import { matchesTopicFilter } from '../../lib/topic-filter.ts'

interface Node {
  children?: Map<string, Node>
  /** Undefined for what is only on the way to topics. */
  value?: number
}

/** Levels behind these stay one text: nobody can make the tree as deep as a topic may be long. */
const maxDepth = 16

function levelsOf(text: string): string[] {
  const levels = text.split('/')
  return levels.length <= maxDepth
    ? levels
    : [...levels.slice(0, maxDepth - 1), levels.slice(maxDepth - 1).join('/')]
}

export class TopicTree {
  readonly #root: Node = {}
  #size = 0

  get size(): number {
    return this.#size
  }

  get(topic: string): number | undefined {
    let node: Node | undefined = this.#root
    for (const level of levelsOf(topic)) {
      node = node.children?.get(level)
      if (!node) return undefined
    }
    return node.value
  }

  set(topic: string, value: number): void {
    let node = this.#root
    for (const level of levelsOf(topic)) {
      node.children ??= new Map()
      let child = node.children.get(level)
      if (!child) node.children.set(level, (child = {}))
      node = child
    }
    if (node.value === undefined) this.#size++
    node.value = value
  }

  delete(topic: string): void {
    if (this.get(topic) === undefined) return
    this.#size--
    remove(this.#root, levelsOf(topic), 0)
  }

  /** Those that the filter matches, by the rules of `matchesTopicFilter`; in no order. */
  match(filter: string, { doesHashMatchParent = false }: { doesHashMatchParent?: boolean }): string[] {
    const found: string[] = []
    collect(
      this.#root,
      { topic: undefined, levels: levelsOf(filter), depth: 0 },
      { found, doesHashMatchParent },
    )
    return found
  }
}

/** With the nodes that lead nowhere then; true when this one does. */
function remove(node: Node, levels: readonly string[], depth: number): boolean {
  const level = levels[depth]
  if (level === undefined) delete node.value
  else {
    const child = node.children?.get(level)
    if (child && remove(child, levels, depth + 1)) node.children?.delete(level)
    if (node.children?.size === 0) delete node.children
  }
  return node.value === undefined && node.children === undefined
}

interface Place {
  /** That leads to the node; undefined at the root. */
  topic: string | undefined
  levels: readonly string[]
  depth: number
}

interface Search {
  found: string[]
  doesHashMatchParent: boolean
}

function collect(node: Node, place: Place, search: Search): void {
  const { topic, levels, depth } = place
  const level = levels[depth]
  if (level === undefined || (level === '#' && search.doesHashMatchParent)) {
    if (topic !== undefined && node.value !== undefined) search.found.push(topic)
  }
  if (level === undefined) return
  if (depth === maxDepth - 1) return collectRests(node, { topic, filter: level }, search)
  if (level === '#' || level === '+') {
    for (const [name, child] of node.children ?? []) {
      if (depth === 0 && name.startsWith('$')) continue // [MQTT-4.7.2-1]
      if (level === '#') collectAll(child, pathTo(topic, name), search.found)
      else collect(child, { topic: pathTo(topic, name), levels, depth: depth + 1 }, search)
    }
    return
  }
  const child = node.children?.get(level)
  if (child) collect(child, { topic: pathTo(topic, level), levels, depth: depth + 1 }, search)
}

function collectRests(
  node: Node,
  { topic, filter }: { topic: string | undefined; filter: string },
  search: Search,
) {
  for (const [rest, { value }] of node.children ?? [])
    // behind a level of its own, as the first one has rules of its own
    if (value !== undefined && matchesTopicFilter(`-/${filter}`, `-/${rest}`, search))
      search.found.push(pathTo(topic, rest))
}

function collectAll(node: Node, topic: string, found: string[]): void {
  if (node.value !== undefined) found.push(topic)
  for (const [name, child] of node.children ?? []) collectAll(child, pathTo(topic, name), found)
}

const pathTo = (topic: string | undefined, level: string): string =>
  topic === undefined ? level : `${topic}/${level}`
