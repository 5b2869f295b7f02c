/** Times of the API: epoch seconds, or ISO 8601. */
export function showTime(value: number | string | undefined): string {
  if (value === undefined) return '–'
  const date = new Date(typeof value === 'number' ? value * 1000 : value)
  return Number.isNaN(date.getTime())
    ? String(value)
    : date
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, ' UTC')
}
