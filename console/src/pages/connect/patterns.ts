/** What a new device may do: three patterns of policies, and one that there is already. */

export interface Pattern {
  id: string
  label: string
  description: string
  policyName: string
  document: string
}

const statement = (Action: string | string[], Resource: string | string[]) => ({
  Effect: 'Allow',
  Action,
  Resource,
})

const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement }, undefined, 2)

export interface Scope {
  region: string
  accountId: string
}

/** Those with the thing's name in them hold for every device alike. */
export function patternsIn({ region, accountId }: Scope): Pattern[] {
  const arn = (resource: string) => `arn:aws:iot:${region}:${accountId}:${resource}`
  const thing = '${iot:Connection.Thing.ThingName}'
  const itself = statement('iot:Connect', arn(`client/${thing}`))
  const own = (topics: string) => [
    statement(['iot:Publish', 'iot:Receive'], arn(`topic/${topics}`)),
    statement('iot:Subscribe', arn(`topicfilter/${topics}`)),
  ]
  return [
    {
      id: 'own',
      label: 'Its own topics',
      description: "It connects as its thing's name, and uses the topics below that name.",
      policyName: 'device-own-topics',
      document: policy(itself, ...own(`${thing}/*`)),
    },
    {
      id: 'shadow',
      label: 'Its own topics and its shadow',
      description: 'And reads and updates the shadows of its thing.',
      policyName: 'device-own-topics-and-shadow',
      document: policy(itself, ...own(`${thing}/*`), ...own(`$aws/things/${thing}/shadow/*`)),
    },
    {
      id: 'any',
      label: 'Anything, to try it out',
      description: 'Under any client id, on any topic. Not for a fleet.',
      policyName: 'device-anything',
      document: policy(statement('iot:*', '*')),
    },
  ]
}
