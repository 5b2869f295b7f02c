/**
 * MQTT topic names and filters. Sources: MQTT 5.0 4.7 and 4.8.2; AWS IoT Developer Guide, "MQTT".
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

/** What a shared subscription asks for. MQTT 5.0 4.8.2 */
export interface SharedFilter {
  shareName: string
  filter: string
}

/** `$share/<name>/<filter>`; undefined for another filter, and for one that begins so and is not well-formed. */
export function parseSharedFilter(filter: string): SharedFilter | undefined {
  if (!isShared(filter)) return undefined
  const nameEnd = filter.indexOf('/', sharePrefix.length)
  if (nameEnd <= sharePrefix.length) return undefined
  const shareName = filter.slice(sharePrefix.length, nameEnd)
  const shared = filter.slice(nameEnd + 1)
  return isTopicName(shareName) && isTopicFilter(shared) ? { shareName, filter: shared } : undefined
}

const sharePrefix = '$share/'

export const isShared = (filter: string): boolean => filter.startsWith(sharePrefix)

/**
 * Both must be well-formed. A filter that begins with a wildcard matches no `$` topic [MQTT-4.7.2-1]. By the standard
 * `sensor/#` matches `sensor`, with AWS it does not.
 */
export function matchesTopicFilter(
  filter: string,
  topic: string,
  { doesHashMatchParent = false }: { doesHashMatchParent?: boolean } = {},
): boolean {
  const wanted = filter.split('/')
  const levels = topic.split('/')
  if (topic.startsWith('$') && (wanted[0] === '+' || wanted[0] === '#')) return false
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return levels.length > index || doesHashMatchParent
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false
  }
  return wanted.length === levels.length
}
