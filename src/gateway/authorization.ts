/** What the gateway needs from those who judge devices: real in `server.ts`, plain objects in tests. */
import type { X509Certificate } from 'node:crypto'
import type { DeviceCertificate } from '../certificates/index.ts'
import type { JournalCode } from '../journal/index.ts'
import type { Decision } from '../policies/index.ts'

type DeviceProtocol = 'mqtt' | 'http'

/** Whether a presented certificate gets in; what is closed has been recorded already. */
export type Admission =
  | { action: 'accept'; certificate: DeviceCertificate }
  | { action: 'close'; code: JournalCode; certificateId: string }

export interface AdmissionRequest {
  accountId: string
  /** The certificate as it was presented in the handshake. */
  der: Uint8Array
  /** The same, as the handshake has read it. */
  x509?: X509Certificate
  clientId?: string
  sourceIp: string
  protocol: DeviceProtocol
}

export interface AdmissionDeps {
  admit: (request: AdmissionRequest) => Promise<Admission>
}

/** The policies of one connection, kept current while it is open. */
export interface DeviceAuthorization extends Disposable {
  readonly thingName?: string | undefined
  /** Grows whenever an earlier decision may no longer hold. */
  readonly version: number
  /** False while a decision depends on the time. */
  readonly canRemember: boolean
  decide: (action: string, resource: string, conditions?: Record<string, string | string[]>) => Decision
}

interface AuthorizationRequest {
  accountId: string
  certificate: DeviceCertificate
  clientId: string
  sourceIp: string
  protocol: DeviceProtocol
}

export interface AuthorizerDeps {
  open: (request: AuthorizationRequest) => Promise<DeviceAuthorization>
}

/** The status a certificate has now; `undefined` when it is not registered any more. */
export type CertificateStatusOf = (accountId: string, certificateId: string) => Promise<string | undefined>
