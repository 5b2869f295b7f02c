import { generateKeyPairSync, sign } from 'node:crypto'

/** An RSA key pair for tokens: the public key in PEM, and what signs with the private one. */
export function makeSigner(modulusLength = 2048) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return {
    publicKey,
    privateKey,
    sign: (token: string) => sign('sha256', Buffer.from(token), privateKey).toString('base64'),
  }
}
