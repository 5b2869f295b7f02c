/** TLS on the port of the AWS APIs: who trusts it gets in, with official clients, commands, functions, and the console. */
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  connect as connectTls,
  getCACertificates,
  rootCertificates,
  setDefaultCACertificates,
} from 'node:tls'
import { PutUserPolicyCommand, CreateAccessKeyCommand, CreateUserCommand } from '@aws-sdk/client-iam'
import { GetFunctionCommand, InvokeCommand } from '@aws-sdk/client-lambda'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError, parseConfig } from '../../src/server/config.ts'
import { Visitor } from '../console/visitor.ts'
import { makeCa } from '../helpers/certificates.ts'
import { connectDevice } from '../helpers/device.ts'
import { createFunction, openRegistration, setRights, createRole, untilStatus } from '../helpers/jitr.ts'
import { lacks } from '../helpers/programs.ts'
import { freshDirectory, startTestServer, type TestServer } from '../helpers/server.ts'
import { openShell, parseExports, type Shell } from '../helpers/shell.ts'

const operator = makeCa({ subject: 'CN=Operator' })

let server: TestServer
let directory: string
let roots: string
beforeAll(async () => {
  directory = freshDirectory()
  writeOperatorFiles('muster.example')
  const files = { apiTlsCert: join(directory, 'api.pem'), apiTlsKey: join(directory, 'api.key') }
  server = await startTestServer(files, { firstConnectionHoldMs: 100_000 })
  roots = readFileSync(server.endpoints.apiCaFile!, 'utf8')
  setDefaultCACertificates([...getCACertificates('default'), roots])
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

function writeOperatorFiles(...dnsNames: string[]): void {
  const issued = operator.issue({ subject: 'CN=api', dnsNames })
  writeFileSync(join(directory, 'api.pem'), issued.certificatePem)
  writeFileSync(join(directory, 'api.key'), issued.privateKeyPem)
}

const port = () => Number(new URL(server.endpoints.apiUrl).port)

/** The names in the certificate that a client sees who asks for `servername`, and trusts `ca`. */
async function namesShown(servername: string | undefined, ca: string): Promise<string | undefined> {
  const name = servername === undefined ? {} : { servername }
  const socket = connectTls({ host: '127.0.0.1', port: port(), ca, ...name })
  await once(socket, 'secureConnect')
  const { subjectAltName } = socket.getPeerX509Certificate()!
  socket.destroy()
  return subjectAltName
}

describe('whoever is not sure of the server is not served', () => {
  it.each([
    ['trusts the roots of the world', rootCertificates.join('\n')],
    ['trusts another root', makeCa({ subject: 'CN=Other' }).certificatePem],
  ])('a client that %s', async (_who, ca) => {
    await expect(namesShown(undefined, ca)).rejects.toThrow(/certificate/)
  })

  it('a client without TLS', async () => {
    await expect(fetch(`http://127.0.0.1:${port()}/health`)).rejects.toThrow('fetch failed')
  })
})

it.each(['http/1.0', 'http/1.1'])('who says by ALPN that it speaks %s is answered', async (protocol) => {
  const socket = connectTls({ host: '127.0.0.1', port: port(), ca: roots, ALPNProtocols: [protocol] })
  await once(socket, 'secureConnect')
  expect(socket.alpnProtocol).toBe(protocol)
  socket.write(`GET /health ${protocol.toUpperCase()}\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  socket.destroy()
})

describe('a second handshake on one connection of TLS 1.2', () => {
  it.each(['localhost', 'muster.example'])('is refused at the first attempt: %s', async (servername) => {
    const ca = [roots, operator.certificatePem]
    const socket = connectTls({ host: '127.0.0.1', port: port(), servername, ca, maxVersion: 'TLSv1.2' })
    await once(socket, 'secureConnect')
    const failure = await new Promise((resolve) => {
      socket.on('error', resolve).renegotiate({}, resolve)
    })
    expect(failure).toMatchObject({ code: 'ERR_SSL_NO_RENEGOTIATION' })
    socket.destroy()
  })
})

describe('options', () => {
  it.each([
    [{ apiTlsKey: 'a.key' }, 'api-tls-key and api-tls-cert go together'],
    [{ apiTlsCert: 'a.pem' }, 'api-tls-key and api-tls-cert go together'],
    [
      { apiTls: 'muster', apiTlsKey: 'a.key', apiTlsCert: 'a.pem' },
      'either files, or api-tls muster: both came',
    ],
    [{ apiTls: 'off', apiTlsKey: 'a.key', apiTlsCert: 'a.pem' }, 'either files, or api-tls off: both came'],
    [{ apiTls: 'yes' }, '--api-tls: '],
    [{ apiUrl: 'ftp://muster.example' }, '--api-url: '],
  ])('%o are refused, and why', (flags, message) => {
    const parse = () => parseConfig({ flags, environment: {} })
    expect(parse).toThrow(ConfigError)
    expect(parse).toThrow(message)
  })

  it('a certificate with the key of another keeps the server from starting', async () => {
    const other = join(directory, 'other.key')
    writeFileSync(other, makeCa().privateKeyPem)
    await expect(
      startTestServer({ apiTlsCert: join(directory, 'api.pem'), apiTlsKey: other }),
    ).rejects.toThrow(/does not belong to the certificate/)
  })
})

describe('the certificates', () => {
  it("are Muster's own for this machine, and the operator's under any other name", async () => {
    for (const name of [undefined, 'localhost'])
      expect(await namesShown(name, roots)).toContain('IP Address:127.0.0.1')
    expect(await namesShown('muster.example', operator.certificatePem)).toBe('DNS:muster.example')
  })

  it.each([
    ['ec', {}],
    ['rsa', { sigalgs: 'rsa_pss_rsae_sha256' }],
    ['rsa', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }],
  ] as const)('have a key of kind %s, as the client can verify it: %o', async (kind, client) => {
    const socket = connectTls({ host: '127.0.0.1', port: port(), ca: roots, ...client })
    await once(socket, 'secureConnect')
    expect(socket.getPeerX509Certificate()?.publicKey.asymmetricKeyType).toBe(kind)
    socket.destroy()
  })

  it('are taken in when the files are replaced, and nobody is dropped', async () => {
    await using own = await startTestServer({
      apiTlsCert: join(directory, 'api.pem'),
      apiTlsKey: join(directory, 'api.key'),
    })
    const open = connectTls({
      host: '127.0.0.1',
      port: Number(new URL(own.endpoints.apiUrl).port),
      servername: 'muster.example',
      ca: operator.certificatePem,
    })
    await once(open, 'secureConnect')
    writeOperatorFiles('muster.example', 'renewed.example')
    await own.reload()
    open.write('GET /health HTTP/1.1\r\nhost: muster.example\r\n\r\n')
    expect(String((await once(open, 'data'))[0])).toMatch(/^HTTP\/1.1 200/)
    open.destroy()
    const again = connectTls({
      host: '127.0.0.1',
      port: Number(new URL(own.endpoints.apiUrl).port),
      servername: 'renewed.example',
      ca: operator.certificatePem,
    })
    await once(again, 'secureConnect')
    again.destroy()
  })
})

describe.skipIf(lacks('aws', 'python3'))('what `muster env` exports is enough for', () => {
  let shell: Shell
  beforeAll(async () => {
    const printed = openShell({})
    const exports = await printed.expect(`muster env --data-dir ${server.dataDir}`)
    printed[Symbol.dispose]()
    shell = openShell(parseExports(exports))
  })
  afterAll(() => shell[Symbol.dispose]())

  it('the aws command line', async () => {
    expect(await shell.expect('aws sts get-caller-identity --query Arn --output text')).toContain(':root')
    const { code, output } = await shell.run('unset AWS_CA_BUNDLE; aws sts get-caller-identity')
    expect(code).not.toBe(0)
    expect(output).toMatch(/certificate|SSL/i)
  })

  it('boto3', async () => {
    const program = `import boto3, os; print(boto3.client('sts', endpoint_url=os.environ['AWS_ENDPOINT_URL']).get_caller_identity()['Arn'])`
    expect(await shell.expect(`python3 -c "${program}"`)).toContain(':root')
  })

  it('the SDK for JavaScript', async () => {
    const program = `import('${import.meta.resolve('@aws-sdk/client-sts')}').then(async ({ STS }) => console.log((await new STS().getCallerIdentity()).Arn))`
    expect(await shell.expect(`${process.execPath} -e "${program}"`)).toContain(':root')
  })

  it('the commands of Muster', async () => {
    expect((await shell.run('muster explain nobody')).output).toContain('nobody')
    expect(await shell.expect('muster console')).toMatch(
      /^https:\/\/127\.0\.0\.1:\d+\/console\/sign-in#link=/,
    )
    const { output } = await shell.run('AWS_CA_BUNDLE=/nowhere.pem muster explain nobody')
    expect(output).toMatch(/AWS_CA_BUNDLE: \/nowhere\.pem cannot be read/)
  })
})

describe('functions', () => {
  it('with either version of the SDK decide about devices', async () => {
    const source = readFileSync('docs/examples/activate-device-v2.js', 'utf8')
    const { ca } = await openRegistration(server, { files: { 'index.js': source } })
    const device = ca.issue({ subject: 'CN=lamp' })
    await expect(connectDevice(server, { ...device, clientId: device.certificateId })).rejects.toThrow(
      'closed',
    )
    await untilStatus(server, device.certificateId, 'ACTIVE')
  })

  it.each([
    [
      'version 3 of the SDK for JavaScript',
      {
        'index.mjs': `import { STS } from '@aws-sdk/client-sts'; export const handler = async () => (await new STS().getCallerIdentity()).Arn`,
      },
      'nodejs24.x' as const,
    ],
    [
      'boto3',
      {
        'index.py': `import boto3, os\ndef handler(event, context):\n  url = os.environ['AWS_ENDPOINT_URL'] # read by itself from botocore 1.31 on\n  return boto3.client('sts', endpoint_url=url).get_caller_identity()['Arn']`,
      },
      'python3.13' as const,
    ],
  ])('reach the API with %s', async (_sdk, files, Runtime) => {
    const name = `tls-${Runtime.replace('.', '-')}`
    const roleArn = await createRole(server, { name })
    await setRights(server, name, ['sts:GetCallerIdentity'])
    await createFunction(server, {
      roleArn,
      files: files as unknown as Record<string, string>,
      Runtime,
      FunctionName: name,
    })
    const { Payload } = await server.lambda.send(new InvokeCommand({ FunctionName: name }))
    expect(Buffer.from(Payload!).toString()).toBe(`"arn:aws:sts::000000000000:assumed-role/${name}/${name}"`)
    const { Code } = await server.lambda.send(new GetFunctionCommand({ FunctionName: name }))
    expect(Code?.Location).toMatch(/^https:\/\/127\.0\.0\.1:/)
    expect((await fetch(Code!.Location!)).status).toBe(200)
  })
})

describe('a policy that asks for TLS', () => {
  it('is content', async () => {
    const UserName = 'careful'
    await server.iam.send(new CreateUserCommand({ UserName }))
    const Condition = { Bool: { 'aws:SecureTransport': 'true' } }
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', Condition }],
    })
    await server.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }))
    const { AccessKey } = await server.iam.send(new CreateAccessKeyCommand({ UserName }))
    const visitor = new Visitor(server.endpoints.apiUrl)
    await visitor.signIn({
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    })
    expect((await visitor.operation('iot', 'ListThings')).status).toBe(200)
  })
})

describe('the console', () => {
  it('has a cookie that no plain HTTP ever carries, and is the same under any name', async () => {
    const visitor = new Visitor(server.endpoints.apiUrl)
    const { headers } = await visitor.signIn(server.rootKey)
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-muster=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/),
    ])
    expect((await visitor.call({ path: '/console/session' })).status).toBe(200)
    const foreign = { origin: 'http://127.0.0.1', 'sec-fetch-site': undefined }
    expect((await visitor.call({ path: '/console/session', headers: foreign })).status).toBe(403)
    visitor.cookie = visitor.cookie!.replace('__Host-muster', 'muster-loopback')
    expect((await visitor.call({ path: '/console/session' })).status).toBe(403)
  })

  describe('of a server that listens to others', () => {
    let open: TestServer | undefined
    afterEach(() => open?.[Symbol.asyncDispose]())

    it('over plain HTTP says why it is not shown', async () => {
      open = await startTestServer({ host: '0.0.0.0' })
      const visitor = new Visitor(open.endpoints.apiUrl)
      const page = await visitor.call({ path: '/console/' })
      expect(page).toMatchObject({ status: 403, body: { text: expect.stringContaining('--api-tls muster') } })
      const answer = await visitor.signIn(open.rootKey)
      expect(answer).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining('--api-tls muster') },
      })
    })

    it('over TLS is shown', async () => {
      open = await startTestServer({ host: '0.0.0.0', apiTls: 'muster' })
      const own = readFileSync(open.endpoints.apiCaFile!, 'utf8')
      setDefaultCACertificates([...getCACertificates('default'), own])
      const visitor = new Visitor(open.endpoints.publicApiUrl)
      expect(visitor.origin).toMatch(/^https:\/\/localhost:/)
      expect((await visitor.signIn(open.rootKey)).status).toBe(200)
      expect((await visitor.call({ path: '/console/session' })).status).toBe(200)
    })
  })
})
