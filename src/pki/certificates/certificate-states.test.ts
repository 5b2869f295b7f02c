import { describe, expect, it } from 'vitest'
import {
  certificateTransitions,
  checkTransition,
  statusesBefore,
  type CertificateState,
} from './certificate-states.ts'

const states = Object.keys(certificateTransitions) as CertificateState[]
const pairs = states.flatMap((from) =>
  states.map((to) => [from, to, certificateTransitions[from][to]] as const),
)

describe('the status of a certificate', () => {
  it.each(pairs.filter(([, , transition]) => transition === 'allowed'))(
    'may go from %s to %s',
    (from, to) => {
      expect(() => checkTransition(from, to)).not.toThrow()
    },
  )

  it.each(pairs.filter(([, , transition]) => transition !== 'allowed'))(
    'may not go from %s to %s',
    (from, to) => {
      expect(() => checkTransition(from, to)).toThrow(
        expect.objectContaining({ code: 'CertificateStateException' }),
      )
    },
  )

  it('is never set to a pending one by a caller', () => {
    for (const from of states)
      for (const to of ['PENDING_ACTIVATION', 'PENDING_TRANSFER', 'REGISTER_INACTIVE'] as const)
        expect(certificateTransitions[from][to]).not.toBe('allowed')
  })

  it('can be deleted from every settled status but ACTIVE', () => {
    const deletable = states.filter((from) => certificateTransitions[from].none === 'allowed')
    expect(deletable).toEqual(['INACTIVE', 'REVOKED', 'PENDING_ACTIVATION'])
  })

  it('becomes ACTIVE from these', () => {
    expect(statusesBefore('ACTIVE')).toEqual(['INACTIVE', 'REVOKED', 'PENDING_ACTIVATION'])
  })
})
