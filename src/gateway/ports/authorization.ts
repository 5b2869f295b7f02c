/** What the gateway needs from those who judge devices: real in `server.ts`, plain objects in tests. */
import type { AuthorizerConfig } from '@aws-sdk/client-iot'
import type { Caller } from '../../api/aws/caller.ts'
import type { UserProperties } from '../../fabric/in-process/index.ts'
import type { FindCredential } from '../../api/aws/sigv4/verify.ts'
import type { DeviceCertificate } from '../../pki/certificates/index.ts'
import type { JournalCode } from '../../observability/journal/index.ts'
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import type { PresentedCertificate } from '../../lib/presented-certificate.ts'
import type { Decision } from '../../access/policies/index.ts'

type DeviceProtocol = 'mqtt' | 'http'

/** Whether a presented certificate gets in; what is closed has been recorded already. */
export type Admission =
  | { action: 'accept'; certificate: DeviceCertificate }
  | { action: 'close'; code: JournalCode; certificateId: string }

export interface AdmissionRequest {
  accountId: string
  certificate: PresentedCertificate
  clientId?: string | undefined
  sourceIp: string
  protocol: DeviceProtocol
}

export interface AdmissionDeps {
  admit: (request: AdmissionRequest) => MaybePromise<Admission>
}

/** The policies of one connection, of a device or of an IAM identity, kept current while it is open. */
export interface DeviceAuthorization extends Disposable {
  readonly thingName?: string | undefined
  /** What the client's messages are given beside their own. */
  readonly userProperties?: UserProperties | undefined
  /** Grows whenever an earlier decision may no longer hold. */
  readonly version: number
  /** False while a decision depends on the time. */
  readonly canRemember: boolean
  decide: (action: string, resource: string, conditions?: Record<string, string | string[]>) => Decision
  /** True when the certificate is attached to that thing alone. */
  readonly isThingExclusive?: boolean
  /** Calls after each growth of `version`; whoever announced the change waits for what the listener returns. */
  onChanged?: (listener: () => Promise<void> | void) => Disposable
  /** Calls once, now or later, when the connection has to end for a reason that is not in the policies. */
  onLost?: (tell: (loss: CustomAuthRefusal) => void) => void
}

/** Why a custom authorizer does not let a client in, or keep it. Details hold no token, password, or signature. */
export interface CustomAuthRefusal {
  code: JournalCode
  details: Readonly<Record<string, string>>
}

/** What a client shows to custom authorizers, by whichever protocol. */
export interface PresentedCredentials {
  http?: { headers: readonly (readonly [name: string, value: string])[]; queryString: string } | undefined
  mqtt?:
    | { username?: string | undefined; password?: Uint8Array | undefined; clientId?: string | undefined }
    | undefined
}

export interface CustomAuthQuestion extends PresentedCredentials {
  accountId: string
  /** Of the configured domain that was asked for. */
  authorizerConfig?: AuthorizerConfig | undefined
}

interface CustomAuthRequest extends CustomAuthQuestion {
  /** A UUID. */
  connectionId: string
  serverName?: string | undefined
  /** Of a client whose domain asks for both: proven, and ACTIVE. */
  certificate?: { certificateId: string; certificatePem: string } | undefined
}

/** Who a custom authorizer says a client is. */
export interface CustomIdentity {
  authorizerName: string
  principalId: string
  /** How long another request with the same credentials need not ask again. */
  cacheSeconds: number
  disconnectAfterInSeconds: number
  /** The policies that the function returned; over HTTP they are not refreshed, as each request asks anew. */
  open: (facts: {
    protocol: DeviceProtocol
    clientId?: string
    sourceIp: string
    domainName?: string | undefined
  }) => DeviceAuthorization
}

export type CustomAuthOutcome =
  | ({ action: 'accept' } & CustomIdentity)
  | ({ action: 'refuse' } & CustomAuthRefusal)

/** Those who know custom authorizers. */
export interface CustomAuthDeps {
  /** Whether the account has any authorizer. */
  isOffered: (accountId: string) => boolean
  /** `undefined` when what the client shows is for no authorizer; `default`: for one only because there is a default. */
  meaningOf: (question: CustomAuthQuestion) => 'named' | 'shown' | 'default' | undefined
  authenticate: (request: CustomAuthRequest) => Promise<CustomAuthOutcome>
}

/** Condition keys that are asked with iot:Connect. */
export type ConnectConditions = Record<string, string | string[]>

interface AuthorizationRequest {
  accountId: string
  certificate: DeviceCertificate
  clientId: string
  sourceIp: string
  /** The domain it is connected to. */
  domainName?: string | undefined
  protocol: DeviceProtocol
}

export interface AuthorizerDeps {
  open: (request: AuthorizationRequest) => MaybePromise<DeviceAuthorization>
}

/** What is known of a connection whose request an IAM identity signed. */
interface CallerAuthorizationRequest {
  caller: Caller
  /** What was signed with: once it is inactive, deleted, or expired, nothing is allowed any more. */
  accessKeyId?: string
  expiresAt?: Date
  clientId: string
  sourceIp: string
  domainName?: string | undefined
  isSecure: boolean
}

/** Those who know IAM identities: they sign the request for a WebSocket in place of showing a certificate. */
export interface CallersDeps {
  findCredential: FindCredential
  openCallerAuthorization: (request: CallerAuthorizationRequest) => Promise<DeviceAuthorization>
}

/** What the revocation lists of CA certificates say. */
export interface RevocationDeps {
  /** `serialNumber` is in hex, as `X509Certificate` has it. */
  isRevoked: (accountId: string, caCertificateId: string, serialNumber: string) => boolean | Promise<boolean>
}

/** The status a certificate has now; `undefined` when it is not registered any more. */
export type CertificateStatusOf = (accountId: string, certificateId: string) => Promise<string | undefined>
