/** What `POST /muster/v1/dry-run` and `/muster/v1/inspect` answer. */
export interface Verdict {
  action: 'accept' | 'close'
  code: string
  meaning: string
  advice: string
  clientId?: string
  details?: Record<string, unknown>
}

export interface Fault {
  place: string
  text: string
}

export interface CaFacts {
  certificateId: string
  subject: string
  status: string
  autoRegistrationStatus: string
  template?: string
}

export interface Parameter {
  name: string
  value?: string
  from?: string
  source?: string
  isNeeded: boolean
}

export interface Resource {
  logicalId: string
  type: string
  properties?: Record<string, unknown>
  fault?: Fault
  state: 'new' | 'exists' | 'missing'
  warnings: string[]
}

export interface Step {
  action: string
  resource: string
  isAllowed?: boolean
  reason?: string
  isForExisting: boolean
}

export interface DryRun {
  verdict: Verdict
  device: { certificateId: string; subject: string; status?: string; isMadeUp: boolean }
  ca?: CaFacts
  template?: { name?: string; remarks: string[]; fault?: Fault }
  role?: { roleArn?: string; fault?: string }
  parameters: Parameter[]
  resources: Resource[]
  steps: Step[]
}

export interface Inspection {
  certificates: {
    certificateId: string
    subject: string
    issuer: string
    serialNumber: string
    notBefore: string
    notAfter: string
    isCa: boolean
    key: string
    signatureAlgorithm: string
    fault?: string
    isSignedByNext?: boolean
  }[]
  signedBy?: CaFacts
  namesake?: CaFacts
  registration?: {
    status: string
    pendingReason?: string
    registered: string
    things: string[]
    policies: string[]
  }
  registeredCa?: CaFacts
  verdict?: Verdict
}
