/** An S3 of somebody else: moto's, as a process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Bucket } from '../../src/lib/outbound/bucket.ts'
import { createTrustedOutbound } from '../../src/lib/outbound/outbound.ts'
import { signRequest } from '../../src/lib/outbound/sign-request.ts'

export const motoKey = { accessKeyId: 'AKIAMOTO', secretAccessKey: 'moto-secret' }

export interface Moto extends AsyncDisposable {
  url: string
  /** Of a bucket that there is from the start. */
  bucket: Bucket
  /** From now on nobody answers. */
  stop: () => Promise<void>
}

const region = 'us-east-1'

export async function startMoto(bucketName: string): Promise<Moto> {
  const port = await freePort()
  const moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const exited = once(moto, 'exit')
  const url = `http://127.0.0.1:${port}`
  const outbound = createTrustedOutbound()
  const stop = async () => {
    moto.kill()
    await exited
  }
  await untilMade(url, bucketName)
  const options = { url, region, credentials: motoKey, outbound, now: () => new Date() }
  return {
    url,
    bucket: new Bucket({ ...options, bucket: bucketName }),
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      outbound[Symbol.dispose]()
    },
  }
}

async function untilMade(url: string, bucketName: string): Promise<void> {
  for (;;) {
    const signing = { service: 's3', region, credentials: motoKey, at: new Date() }
    const request = { url: new URL(url), method: 'PUT', path: `/${bucketName}` }
    const { path, headers: signed } = await signRequest(request, signing)
    const { host: _, ...headers } = signed
    const made = await fetch(`${url}${path}`, { method: 'PUT', headers }).catch(() => undefined)
    if (made?.ok) return
    await pause(100)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
