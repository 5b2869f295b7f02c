/**
 * A metric of AWS/IoT: a name, and dimensions that tell which. Source: AWS IoT Developer Guide, "AWS IoT metrics and
 * dimensions".
 */
export interface Metric {
  name: string
  dimensions: readonly Dimension[]
}

export interface Dimension {
  Name: string
  Value: string
}

export const namespace = 'AWS/IoT'

/** One text for a metric, whatever the order of its dimensions: `Connect.Success?Protocol=MQTT`. */
export function keyOf(name: string, dimensions: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(dimensions)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([dimension, value]) => `${encodeURIComponent(dimension)}=${encodeURIComponent(value)}`)
  return `${encodeURIComponent(name)}?${pairs.join('&')}`
}

/** The beginning that all metrics of a name have. */
export const prefixOf = (name: string): string => `${encodeURIComponent(name)}?`

export function parseKey(key: string): Metric {
  const [name = '', pairs = ''] = key.split('?')
  const dimensions = pairs
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [Name = '', Value = ''] = pair.split('=').map(decodeURIComponent)
      return { Name, Value }
    })
  return { name: decodeURIComponent(name), dimensions }
}
