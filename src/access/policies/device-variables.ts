/**
 * Policy variables and condition keys of a device's connection.
 * Source: AWS IoT Developer Guide, "Basic policy variables", "Thing policy variables", and "X.509 certificate
 * policy variables".
 */
import type { ParsedCertificate } from '../../lib/x509.ts'
import { certificateKeys, certificateValue } from './certificate-variables.ts'
import type { Lookup } from './document.ts'

export interface DeviceFacts {
  /** Absent where the protocol has none. */
  clientId?: string
  sourceIp?: string
  /** Host name that the client asked for in the handshake. */
  domainName?: string
  /** Absent for a client without a certificate. */
  certificateId?: string
  /** A function is called only when a policy asks for a certificate variable. */
  certificate?: ParsedCertificate | (() => ParsedCertificate)
  /** The thing of this connection. */
  thing?: DeviceThing
  /** Whether that thing is attached to the certificate; absent over HTTPS, where things are not looked at. */
  isAttached?: boolean
  /** Conditions of the one request, e.g. `iot:ConnectAttributes`; they come before everything else. */
  conditions?: Readonly<Record<string, string | readonly string[]>>
  /** For `aws:CurrentTime` and `aws:EpochTime`; neither is known without it. */
  now?: () => Date
}

export interface DeviceThing {
  thingName: string
  thingTypeName?: string
  attributes: Readonly<Record<string, string>>
}

/** Names are compared without regard to case, attribute names of things exactly. */
export function deviceVariables(facts: DeviceFacts): Lookup {
  const conditions =
    facts.conditions &&
    new Map(Object.entries(facts.conditions).map(([name, value]) => [name.toLowerCase(), value]))
  return (name) => {
    const key = name.toLowerCase()
    const given = conditions?.get(key)
    if (given !== undefined) return given
    if (key.startsWith('iot:connection.thing.')) return thingValue(facts, name)
    if (key.startsWith('iot:certificate.')) {
      const certificate = typeof facts.certificate === 'function' ? facts.certificate() : facts.certificate
      if (!certificate) return undefined
      const member = key.slice('iot:certificate.'.length)
      return member === 'availablekeys' ? certificateKeys(certificate) : certificateValue(certificate, member)
    }
    return basicValue(facts, key)
  }
}

function basicValue(facts: DeviceFacts, key: string): string | undefined {
  switch (key) {
    case 'iot:clientid':
      return facts.clientId
    case 'iot:certificateid':
      return facts.certificateId
    case 'iot:domainname':
      return facts.domainName
    case 'aws:sourceip':
      return facts.sourceIp
    case 'aws:currenttime':
      return facts.now?.().toISOString()
    case 'aws:epochtime':
      return facts.now && String(Math.floor(facts.now().getTime() / 1000))
    default:
      return undefined
  }
}

function thingValue({ thing, isAttached }: DeviceFacts, name: string): string | undefined {
  const member = name.slice('iot:connection.thing.'.length)
  const attribute = /^attributes\[([^\]]*)\]$/i.exec(member)?.[1]
  if (attribute !== undefined)
    return thing && Object.hasOwn(thing.attributes, attribute) ? thing.attributes[attribute] : undefined
  switch (member.toLowerCase()) {
    case 'thingname':
      return thing?.thingName
    case 'thingtypename':
      return thing?.thingTypeName
    case 'isattached':
      return isAttached === undefined ? undefined : String(isAttached)
    default:
      return undefined
  }
}

const timeKeys = ['aws:currenttime', 'aws:epochtime', 'aws:multifactorauthage']

/** True for names whose value is another one at another time. */
export function isTimeDependent(names: ReadonlySet<string>): boolean {
  return timeKeys.some((key) => names.has(key))
}
