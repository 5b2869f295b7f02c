/**
 * MQTT topic names and filters as AWS IoT reads them.
 * Sources: MQTT 5.0 4.7; AWS IoT Developer Guide, "MQTT" (deviation: `sensor/#` does not match `sensor`).
 */

/** Characters that no topic may hold: NUL, and the one that broken UTF-8 decodes to. */
const isForbidden = (code: number): boolean => code === 0 || code === 0xfffd

/** True for a name one can publish to: not empty, no wildcards, well-formed text. */
export function isTopicName(topic: string): boolean {
  if (topic === '') return false
  for (let at = 0; at < topic.length; at++) {
    const code = topic.charCodeAt(at)
    if (code === 0x2b || code === 0x23 || isForbidden(code)) return false // + #
  }
  return true
}

/** True for a filter one can subscribe to: `+` fills a whole level, `#` the whole last one. [MQTT-4.7.1-1] */
export function isTopicFilter(filter: string): boolean {
  if (filter === '') return false
  const levels = filter.split('/')
  return levels.every((level, index) => {
    if (level === '#') return index === levels.length - 1
    if (level === '+') return true
    return level === '' || isTopicName(level)
  })
}

export function hasWildcard(filter: string): boolean {
  return filter.includes('+') || filter.includes('#')
}

export function countSlashes(topic: string): number {
  let slashes = 0
  for (let at = topic.indexOf('/'); at !== -1; at = topic.indexOf('/', at + 1)) slashes++
  return slashes
}

/** Both must be well-formed. A filter that begins with a wildcard matches no `$` topic. [MQTT-4.7.2-1] */
export function matchesTopicFilter(filter: string, topic: string): boolean {
  const wanted = filter.split('/')
  const levels = topic.split('/')
  if (topic.startsWith('$') && (wanted[0] === '+' || wanted[0] === '#')) return false
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return levels.length > index
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false
  }
  return wanted.length === levels.length
}
