import type { Decision } from './evaluate.ts'

/**
 * Whether a decision about an action on the resource `*` leaves open that the action is allowed on some resource: a
 * statement that grants the action and missed by its resource or condition may fit another request.
 */
export function mayEverBeAllowed({ effect, nearestMiss }: Decision): boolean {
  if (effect !== 'implicit-deny') return effect === 'allow'
  return nearestMiss?.failed === 'resource' || nearestMiss?.failed === 'condition'
}
