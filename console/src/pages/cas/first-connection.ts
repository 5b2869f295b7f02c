/** What becomes of a device's first connection: the tags `muster:*` of its CA (docs/configuration.md). */
export const firstConnectionTag = 'muster:first-connection'
export const crlTag = 'muster:crl'
export const crlPolicyTag = 'muster:crl-policy'

export const firstConnections = [
  { value: '', label: 'Default', description: 'With a template it goes on; without one it is closed.' },
  { value: 'accept', label: 'Accept', description: 'A device that was just provisioned goes on.' },
  { value: 'close', label: 'Close', description: 'It is closed, as AWS does; the device connects again.' },
  {
    value: 'hold',
    label: 'Hold',
    description: 'Without a template: it waits for a rule that activates the certificate.',
  },
  {
    value: 'approve',
    label: 'Approve',
    description: 'The device waits until a person says yes: muster approve.',
  },
]

/** In a word or two. */
export function firstConnectionOf(tags: Readonly<Record<string, string>>, hasTemplate: boolean): string {
  return tags[firstConnectionTag] ?? (hasTemplate ? 'accept (default)' : 'close (default)')
}
