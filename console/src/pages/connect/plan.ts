/** Connecting one device: what is to be made, in which order, by which calls. */
import { ApiError, call, type OperationCall } from '../../api/call.ts'
import type { CreatedCertificate } from '../certificates/new-certificate.tsx'
import { iot } from '../resources/list.tsx'

export interface Plan {
  thingName: string
  /** Empty: the keys are made by the server. */
  csr: string
  policyName: string
  /** Of a policy that is made unless there is one of that name; absent: there is one. */
  policyDocument?: string
}

export const createCertificate = ({ csr }: Pick<Plan, 'csr'>): OperationCall =>
  csr === ''
    ? iot('CreateKeysAndCertificate', { setAsActive: true })
    : iot('CreateCertificateFromCsr', { certificateSigningRequest: csr, setAsActive: true })

/** What is made before the certificate. */
export const prepare = ({ thingName, policyName, policyDocument }: Plan): OperationCall[] => [
  iot('CreateThing', { thingName }),
  ...(policyDocument === undefined ? [] : [iot('CreatePolicy', { policyName, policyDocument })]),
]

export const attach = ({ thingName, policyName }: Plan, certificateArn: string): OperationCall[] => [
  iot('AttachPolicy', { policyName, target: certificateArn }),
  iot('AttachThingPrincipal', { thingName, principal: certificateArn }),
]

/** All of it; the certificate's ARN is not known before. */
export const listCallsOf = (plan: Plan): OperationCall[] => [
  ...prepare(plan),
  createCertificate(plan),
  ...attach(plan, 'CERTIFICATE_ARN'),
]

/** Whoever makes several devices alike finds thing or policy there already. */
async function callUnlessThere(operation: OperationCall): Promise<void> {
  try {
    await call(operation)
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'ResourceAlreadyExistsException')) throw error
  }
}

/** `onCreated` gets the certificate as soon as there is one: its keys are nowhere else. */
export async function carryOut(plan: Plan, onCreated: (created: CreatedCertificate) => void): Promise<void> {
  for (const operation of prepare(plan)) await callUnlessThere(operation)
  const created = await call<CreatedCertificate>(createCertificate(plan))
  onCreated(created)
  for (const operation of attach(plan, created.certificateArn)) await call(operation)
}
