/** A CPU profile by the parts of an API call. */

export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string }; children?: number[] }[]
  samples: number[]
  timeDeltas: number[]
}

/** The first that a frame matches has its time, and that of whatever it calls and no other line claims. */
const lines: readonly (readonly [name: string, frame: RegExp])[] = [
  ['idle', /^\((idle|program)\)/],
  ['garbage collection', /^\(garbage collector\)/],
  ['checking the signature', /api\/aws\/sigv4\//],
  ['walking the model: parse, validate, serialize', /api\/aws\/|zod/],
  ['SQL: SQLite itself', /^(all|run|get) $|sqlite-dialect/],
  ['SQL: building queries', /kysely|prepared-query/],
  ['commit', /src\/store\//],
  ['authorization', /src\/access\//],
  ['Fastify and its parts', /node_modules\/(fastify|@fastify|find-my-way|avvio|light-my-request|fast-)/],
  ['the listener', /api\/http\//],
  ['log', /pino|lib\/log/],
  [
    'HTTP and sockets of Node',
    /node:(_http|http|net|internal\/stream|internal\/http|stream|internal\/js_stream)/,
  ],
  ['the handlers', /\/src\//],
  ['libraries', /node_modules/],
]

/** Shares of the time that was not idle, largest first. */
export function profileLines({ nodes, samples, timeDeltas }: CpuProfile): [line: string, share: number][] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
  const lineOf = (id: number | undefined): string => {
    for (let at = id; at !== undefined; at = parents.get(at)) {
      const { functionName, url } = byId.get(at)?.callFrame ?? { functionName: '', url: '' }
      const known = lines.find(([, frame]) => frame.test(`${functionName} ${url}`))
      if (known) return known[0]
    }
    return 'the rest of Node'
  }
  const spent = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const line = lineOf(id)
    if (line !== 'idle') spent.set(line, (spent.get(line) ?? 0) + (timeDeltas[index] ?? 0))
  }
  const total = spent.values().reduce((sum, one) => sum + one, 0)
  return [...spent]
    .map(([line, time]) => [line, time / total] as [string, number])
    .toSorted((a, b) => b[1] - a[1])
}
