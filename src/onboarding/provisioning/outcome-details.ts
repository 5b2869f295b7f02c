/** What the journal says about a template that ran. */
import type { ProvisioningPlan } from '../templates/index.ts'
import type { Provisioned } from './provisioning.ts'
import type { ProvisioningError } from './steps.ts'

/** Which template ran, under which role. */
export interface RunFacts {
  /** A template's name, or where its body stands. */
  template: string
  roleArn: string
}

export function successDetails(
  { thing, policyNames, certificate }: Provisioned,
  plan: ProvisioningPlan,
  { template, roleArn }: RunFacts,
) {
  const thingGroups = thing?.isNew ? (plan.thing?.thingGroups ?? []) : []
  return {
    template,
    role: roleArn,
    ...(thing && { thing: thing.isNew ? thing.thingName : `${thing.thingName} (existed)` }),
    ...(policyNames.length > 0 && { policies: policyNames }),
    ...(thingGroups.length > 0 && { thingGroups }),
    status: certificate?.status ?? 'ACTIVE',
  }
}

export function failureDetails(
  { place, action, code, message }: ProvisioningError,
  { template, roleArn }: RunFacts,
) {
  return {
    template,
    role: roleArn,
    place,
    ...(action !== undefined && { step: action }),
    error: code,
    text: message,
  }
}

/** For the certificate itself: one line that says what has to be mended. */
export function pendingReason({ place, action, code, message }: ProvisioningError): string {
  const step = action === undefined ? '' : `${action}: `
  const where = message.startsWith(place) ? '' : ` (${place})`
  return `${step}${code}: ${message}${where}`.slice(0, maxReasonCharacters)
}

const maxReasonCharacters = 1000
