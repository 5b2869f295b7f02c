/**
 * A thread that makes RSA keys of 2048 bits while nobody else wants the processor. JavaScript, as a thread that has to
 * strip types first takes 20 MB more.
 */
import { generateKeyPairSync } from 'node:crypto'
import { constants, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'

// elsewhere that would concern the whole process, not this thread alone
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW)

for (let made = 0; made < workerData; made++) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  parentPort.postMessage({ publicKeyPem: publicKey, privateKeyPem: privateKey })
}
