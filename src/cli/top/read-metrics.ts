/** A page of Prometheus text, as far as `/metrics` of a server uses it. Source: Prometheus, "Exposition formats". */

export interface Metrics {
  /** All samples of that name together; 0 where there is none. */
  sum: (name: string) => number
  /** By the value of one label. */
  by: (name: string, label: string) => Map<string, number>
}

interface Sample {
  labels: ReadonlyMap<string, string>
  value: number
}

const line = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const pair = /(\w+)="((?:[^"\\]|\\.)*)"/g

/** Lines that are no samples are passed over. */
export function readMetrics(page: string): Metrics {
  const samples = new Map<string, Sample[]>()
  for (const text of page.split('\n')) {
    const [, name, labels = '', value] = line.exec(text) ?? []
    if (name === undefined) continue
    const list = samples.get(name) ?? []
    samples.set(name, list)
    list.push({ labels: readLabels(labels), value: Number(value) })
  }
  const of = (name: string) => samples.get(name) ?? []
  return {
    sum: (name) => of(name).reduce((sum, { value }) => sum + value, 0),
    by(name, label) {
      const sums = new Map<string, number>()
      for (const { labels, value } of of(name)) {
        const key = labels.get(label) ?? ''
        sums.set(key, (sums.get(key) ?? 0) + value)
      }
      return sums
    },
  }
}

const readLabels = (text: string): Map<string, string> =>
  new Map(
    [...text.matchAll(pair)].map(([, label = '', value = '']) => [label, value.replaceAll(/\\(.)/g, '$1')]),
  )
