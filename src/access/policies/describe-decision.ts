/** Decisions in words, and what would change them. */
import type { Decision, PolicyRequest } from './evaluate.ts'

type Asked = Pick<PolicyRequest, 'action' | 'resource'>

/** One sentence for a person: what was asked, what decided, and for an implicit deny what came nearest. */
export function describeDecision(decision: Decision, { action, resource }: Asked): string {
  const subject = `${action} on ${resource}`
  const { effect, nearestMiss } = decision
  if (effect === 'allow') return `${subject} is allowed by ${statementName(decision)}`
  if (effect === 'explicit-deny') return `${subject} is denied by ${statementName(decision)}`
  if (!nearestMiss) return `${subject} is granted by no statement: there is no policy that allows anything`
  const wanted = nearestMiss.wanted.join(', ')
  const nearest = `${subject} is granted by no statement; the nearest, ${statementName(nearestMiss)},`
  switch (nearestMiss.failed) {
    case 'action':
      return `${nearest} allows only ${wanted}`
    case 'principal':
      return `${nearest} names only ${wanted}`
    case 'resource':
      return `${nearest} allows the action only on ${wanted}`
    case 'condition':
      return `${nearest} asks for ${wanted}`
  }
}

function statementName({ policyName, statement, sid }: Partial<Decision>): string {
  return `statement ${statement}${sid ? ` ("${sid}")` : ''} of policy ${policyName}`
}

/**
 * JSON text of the smallest statement that grants the request. Characters of the resource that mean something
 * in a policy are written so that they mean themselves: a client id of `*` must not suggest a grant for all.
 */
export function suggestStatement({ action, resource }: Asked): string {
  const literal = resource === '*' ? resource : resource.replaceAll(/[*?$]/g, (special) => `\${${special}}`)
  return JSON.stringify({ Effect: 'Allow', Action: action, Resource: literal })
}
