/** The page of `/metrics`. Source: Prometheus, "Exposition formats", text format 0.0.4. */
import type { Histogram, Sample } from './series.ts'

export interface Family {
  name: string
  /** A sentence. */
  help: string
  type: 'counter' | 'gauge' | 'histogram'
  samples: readonly Sample[]
}

export const gauge = (name: string, help: string, value: number): Family => ({
  name,
  help,
  type: 'gauge',
  samples: [{ value }],
})

export const counter = (name: string, help: string, given: number | readonly Sample[]): Family => ({
  name,
  help,
  type: 'counter',
  samples: typeof given === 'number' ? [{ value: given }] : given,
})

export const histogram = (name: string, help: string, observed: Histogram): Family => ({
  name,
  help,
  type: 'histogram',
  samples: observed.samples(),
})

export const renderFamilies = (families: readonly Family[]): string =>
  families.flatMap(linesOf).join('\n').concat('\n')

function linesOf({ name, help, type, samples }: Family): string[] {
  return [
    `# HELP ${name} ${escape(help)}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ suffix = '', labels, value }) => `${name}${suffix}${labelsText(labels)} ${value}`),
  ]
}

function labelsText(labels: Sample['labels'] = {}): string {
  const pairs = Object.entries(labels).map(
    ([label, value]) => `${label}="${escape(String(value)).replaceAll('"', String.raw`\"`)}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escape = (text: string) => text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`)
