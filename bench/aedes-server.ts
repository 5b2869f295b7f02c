/** aedes over mutual TLS with a small access list, as a process of its own. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:tls'
import { Aedes } from 'aedes'

const [, , keyFile = '', certFile = '', clientCaFile = '', port = '0'] = process.argv
const mayUse = (topic: string) => topic.startsWith('bench/')

const broker = await Aedes.createBroker({
  maxClientsIdLength: 128,
  authorizePublish: (_client, { topic }, done) => done(mayUse(topic) ? null : new Error('denied')),
  authorizeSubscribe: (_client, subscription, done) =>
    done(null, mayUse(subscription.topic) ? subscription : null),
  authorizeForward: (_client, packet) => (mayUse(packet.topic) ? packet : null),
})
const options = {
  key: readFileSync(keyFile),
  cert: readFileSync(certFile),
  ca: readFileSync(clientCaFile),
  requestCert: true,
  rejectUnauthorized: true,
  noDelay: true,
}
createServer(options, (socket) => void broker.handle(socket)).listen(Number(port), '127.0.0.1')
