/** A server's key and certificate, and several of them for one server: RSA beside ECDSA, chosen by what a client offers. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'

/** PEM. */
export interface CertificatePair {
  key: string
  /** The chain, the server's certificate first. */
  cert: string
}

/** At most one for each kind of key: the handshake takes the one that the client can verify. */
export type ServerTls = readonly CertificatePair[]

/** Says for a person what is wrong with the pair; `names` are those of its files. */
export function describePairFault(
  { key, cert }: CertificatePair,
  names: CertificatePair,
): string | undefined {
  const certificate = parse(() => new X509Certificate(cert))
  if (!certificate) return `${names.cert} holds no certificate in PEM`
  const privateKey = parse(() => createPrivateKey(key))
  if (!privateKey) return `${names.key} holds no private key in PEM`
  if (certificate.checkPrivateKey(privateKey)) return undefined
  return `the private key in ${names.key} does not belong to the certificate in ${names.cert}`
}

/** The first kind of key that two of the certificates have, e.g. `ec`: only one of them could ever be shown. */
export function findKindTwice(pairs: ServerTls): string | undefined {
  const kinds = pairs.map(({ cert }) => new X509Certificate(cert).publicKey.asymmetricKeyType ?? 'unknown')
  return kinds.find((kind, at) => kinds.indexOf(kind) !== at)
}

/** When the first of them ends. */
export const endOf = (certificates: ServerTls): Date =>
  new Date(Math.min(...certificates.map(({ cert }) => new X509Certificate(cert).validToDate.getTime())))

function parse<Parsed extends X509Certificate | KeyObject>(read: () => Parsed): Parsed | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
