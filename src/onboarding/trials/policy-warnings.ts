/** What of a policy would make one wonder. */
interface Statement {
  Effect?: unknown
  Action?: unknown
  Resource?: unknown
}

const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value]
const isEverything = (resource: unknown) =>
  typeof resource === 'string' && (resource === '*' || /^arn:[^:]*:iot:[^:]*:[^:]*:\*$/.test(resource))

/** Sentences about statements that allow what is wider than one device; `document` is one that was checked. Pure. */
export function warnAboutPolicy(document: string): string[] {
  const { Statement: statements } = JSON.parse(document) as { Statement?: unknown }
  return listOf(statements).flatMap((statement, at) => {
    const { Effect, Action, Resource } = statement as Statement
    if (Effect !== 'Allow') return []
    const where = `Statement ${at + 1} allows`
    const actions = listOf(Action).filter((action) => action === '*' || action === 'iot:*')
    return [
      ...actions.map((action) => `${where} every action: ${String(action)}.`),
      ...listOf(Resource)
        .filter(isEverything)
        .map(
          (resource) =>
            `${where} ${listOf(Action).map(String).join(', ')} on everything: ${String(resource)}.`,
        ),
    ]
  })
}
