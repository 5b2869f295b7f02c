/** What a dry run tells. JSON as it is; text that came from devices or templates is text. */
import type { ParameterReport } from '../templates/index.ts'

export interface Verdict {
  action: 'accept' | 'close'
  /** Reason code, as the journal would have it of a real connection. */
  code: string
  meaning: string
  advice: string
  /** As which client it would connect. */
  clientId?: string
  /** What decided, as in the journal. */
  details?: Record<string, unknown>
}

export interface CertificateContents {
  certificateId: string
  subject: string
  issuer: string
  serialNumber: string
  notBefore: string
  notAfter: string
}

export interface DeviceFacts extends CertificateContents {
  /** Of its registration; absent when it was never registered. */
  status?: string
  /** Made from a subject that somebody typed. */
  isMadeUp: boolean
}

export interface CaFacts {
  certificateId: string
  subject: string
  status: string
  autoRegistrationStatus: string
  firstConnection?: string
  /** Where the list of the devices that may come is, and how many may. */
  allowList?: string
  maxDevices?: number
  /** The name of its template, or `its own`; absent without one: its devices are announced to rules. */
  template?: string
}

interface TemplateFacts {
  /** Absent for a body that stands for itself. */
  name?: string
  remarks: readonly string[]
  /** Why nothing of it can be told. */
  fault?: Fault
}

/** `place`: a path into the template, e.g. `Resources.thing.Properties.ThingName`. */
export interface Fault {
  place: string
  text: string
}

export interface RoleFacts {
  /** Absent when nobody said; then its permissions were not looked at. */
  roleArn?: string
  /** Why it cannot be assumed. */
  fault?: string
}

export interface ResourceReport {
  logicalId: string
  type: 'AWS::IoT::Thing' | 'AWS::IoT::Certificate' | 'AWS::IoT::Policy'
  /** As the template would say it with every value in place; absent with a fault. */
  properties?: Record<string, unknown>
  fault?: Fault
  /** `missing`: it has to be there and is not. */
  state: 'new' | 'exists' | 'missing'
  /** Sentences. */
  warnings: readonly string[]
}

export interface StepReport {
  action: string
  resource: string
  place: string
  /** Absent when the role could not be asked. */
  isAllowed?: boolean
  /** Why not. */
  reason?: string
  /** Needed only when the thing exists and differs. */
  isForExisting: boolean
}

export interface DryRunReport {
  verdict: Verdict
  device: DeviceFacts
  /** The CA that counts as its issuer; absent: no registered one signed it. */
  ca?: CaFacts
  /** Absent when the CA has none. */
  template?: TemplateFacts
  role?: RoleFacts
  parameters: readonly ParameterReport[]
  resources: readonly ResourceReport[]
  steps: readonly StepReport[]
}
