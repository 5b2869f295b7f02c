/** Topics by their levels. */
import { rateAt, type TopicStats } from './traffic.ts'

export interface TopicNode {
  /** The whole path to here. */
  path: string
  level: string
  /** Of the topic that ends here. */
  stats: TopicStats | undefined
  /** Of all topics here and below. */
  count: number
  rate: number
  children: TopicNode[]
}

export function toTree(topics: readonly TopicStats[], now: number): TopicNode[] {
  const root: TopicNode = { path: '', level: '', stats: undefined, count: 0, rate: 0, children: [] }
  const nodes = new Map<string, TopicNode>()
  for (const stats of topics.toSorted((one, other) => (one.topic < other.topic ? -1 : 1))) {
    const rate = rateAt(stats, now)
    let parent = root
    let path: string | undefined
    for (const level of stats.topic.split('/')) {
      path = path === undefined ? level : `${path}/${level}`
      let node = nodes.get(path)
      if (!node) {
        node = { path, level, stats: undefined, count: 0, rate: 0, children: [] }
        nodes.set(path, node)
        parent.children.push(node)
      }
      node.count += stats.count
      node.rate += rate
      parent = node
    }
    parent.stats = stats
  }
  return root.children
}
