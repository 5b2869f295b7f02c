import { describe, expect, it } from 'vitest'
import {
  certificateTransitions,
  checkNotInTransfer,
  checkTransferStep,
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

describe('the transfer of a certificate', () => {
  const stateException = expect.objectContaining({ code: 'CertificateStateException' })
  const statuses = states.filter((state) => state !== 'none')
  const steps = [
    'INACTIVE -> PENDING_TRANSFER',
    'REVOKED -> PENDING_TRANSFER',
    'PENDING_ACTIVATION -> PENDING_TRANSFER',
    'PENDING_TRANSFER -> ACTIVE',
    'PENDING_TRANSFER -> INACTIVE',
  ]

  it('goes these ways alone', () => {
    const allowed = statuses.flatMap((from) =>
      statuses
        .filter((to) => certificateTransitions[from][to] === 'transfer')
        .map((to) => `${from} -> ${to}`),
    )
    expect(allowed.toSorted()).toEqual(steps.toSorted())
  })

  const askedSteps = statuses.flatMap((from) => statuses.map((to) => [from, to] as const))
  const isStep = ([from, to]: readonly [string, string]) => steps.includes(`${from} -> ${to}`)

  it.each(askedSteps.filter(isStep))('may take it from %s to %s', (from, to) => {
    expect(() => checkTransferStep(from, to)).not.toThrow()
  })

  it.each(askedSteps.filter((step) => !isStep(step)))('may not take it from %s to %s', (from, to) => {
    expect(() => checkTransferStep(from, to)).toThrow(stateException)
  })

  it.each([
    ['ACTIVE', 'that is ACTIVE cannot be transferred; make it INACTIVE first'],
    ['PENDING_TRANSFER', 'is being transferred already; cancel that first'],
  ] as const)('says of %s what to do first', (from, text) => {
    expect(() => checkTransferStep(from, 'PENDING_TRANSFER')).toThrow(text)
  })

  it.each(['none', 'ACTIVE', 'INACTIVE', 'REVOKED', 'PENDING_TRANSFER'] as const)(
    'lets nobody make the certificate %s meanwhile',
    (to) => {
      expect(() => checkTransition('PENDING_TRANSFER', to)).toThrow(
        'before that is accepted, rejected, or cancelled',
      )
    },
  )

  it('keeps attachments away', () => {
    expect(() => checkNotInTransfer({ status: 'PENDING_TRANSFER' })).toThrow(
      expect.objectContaining({ code: 'InvalidRequestException' }),
    )
  })

  it.each(statuses.filter((status) => status !== 'PENDING_TRANSFER'))(
    'keeps none away from what is %s',
    (status) => {
      expect(() => checkNotInTransfer({ status })).not.toThrow()
    },
  )
})
