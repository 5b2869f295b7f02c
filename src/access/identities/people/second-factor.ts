/** Codes of MFA devices: each is good once. */
import type { Db, SecretBox } from '../../../store/index.ts'
import { fromBase32 } from './base32.ts'
import { updateMfaDevice, type MfaDevice } from './mfa-device-store.ts'
import { findStep, findStepOfTwo, stepOf } from './totp.ts'

interface FactorDeps {
  secrets: SecretBox
  now: Date
}

/** Steps on both sides: a person takes a while to type (RFC 6238 5.2). */
const reach = 1
/** Half an hour, for a device whose clock is wrong. */
const reachOfTwo = 60

const searchOf = (device: MfaDevice, { secrets, now }: FactorDeps) => ({
  seed: fromBase32(secrets.open(device.sealedSeed, device.serialNumber)),
  around: stepOf(now) + device.drift,
  reach,
  after: device.usedStep,
})

/** @returns whether it was the device's, and had not been used; then it has */
export async function spendCode(db: Db, device: MfaDevice, code: string, deps: FactorDeps): Promise<boolean> {
  const search = searchOf(device, deps)
  // by its own clock, and by ours: two codes that were typed slowly look like a clock that is behind
  const step = findStep(code, search) ?? findStep(code, { ...search, around: stepOf(deps.now) })
  if (step === undefined) return false
  await updateMfaDevice(db, device, { usedStep: step })
  return true
}

/** As `spendCode`, with two codes that follow each other: they tell how wrong the clock of the device is. */
export async function spendTwoCodes(
  db: Db,
  device: MfaDevice,
  codes: readonly [string, string],
  { change = {}, ...deps }: FactorDeps & { change?: Partial<Pick<MfaDevice, 'userId' | 'enabledAt'>> },
): Promise<boolean> {
  const search = { ...searchOf(device, deps), around: stepOf(deps.now), reach: reachOfTwo }
  const step = findStepOfTwo(codes, search)
  if (step === undefined) return false
  await updateMfaDevice(db, device, { ...change, usedStep: step, drift: driftOf(step, deps.now) })
  return true
}

/** The second of two codes may be the next one, or the one just now: that is no wrong clock. */
function driftOf(step: number, now: Date): number {
  const ahead = step - stepOf(now)
  return Math.abs(ahead) <= reach ? 0 : ahead
}
