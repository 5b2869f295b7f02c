/** Which subscription brought a message. Sources: MQTT 5.0 4.7 and 4.8.2. */

/** The filter itself, of a shared subscription too. */
const bareFilter = (filter: string) => /^\$share\/[^/]+\/(.*)$/s.exec(filter)?.[1] ?? filter

export function matchesFilter(filter: string, topic: string): boolean {
  const wanted = bareFilter(filter).split('/')
  const levels = topic.split('/')
  if (topic.startsWith('$') && (wanted[0] === '+' || wanted[0] === '#')) return false // [MQTT-4.7.2-1]
  for (const [at, level] of wanted.entries()) {
    if (level === '#') return true
    if (at >= levels.length || (level !== '+' && level !== levels[at])) return false
  }
  return wanted.length === levels.length
}
