/** The least a Node server can do: a mutual TLS accept, and a CONNACK for whatever arrives. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:tls'

const [, , keyFile = '', certFile = '', port = '0'] = process.argv
const connack = Buffer.from([0x20, 2, 0, 0])

const server = createServer(
  { key: readFileSync(keyFile), cert: readFileSync(certFile), requestCert: true, rejectUnauthorized: false },
  (socket) => {
    socket.getPeerX509Certificate()
    socket.once('data', () => socket.write(connack))
    socket.on('error', () => socket.destroy())
  },
)
server.listen(Number(port), '127.0.0.1', () => console.log('ready'))
