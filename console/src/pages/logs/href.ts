/** Addresses of logs: names of groups and streams hold slashes, so they stand in the query. */
interface Events {
  group: string
  stream?: string
  pattern?: string
}

const search = (values: Record<string, string | undefined>) =>
  Object.entries(values)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')

export const groupHref = (group: string): string => `/log-groups/group?${search({ group })}`
export const eventsHref = ({ group, stream, pattern }: Events): string =>
  `/log-groups/events?${search({ group, stream, pattern })}`
