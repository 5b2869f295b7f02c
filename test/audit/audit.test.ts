/** The record of API calls, as an auditor meets it: a server that is killed, the command line of AWS, and `muster audit`. */
import { rmSync } from 'node:fs'
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
} from '@aws-sdk/client-iam'
import {
  CreateThingCommand,
  DeleteThingCommand,
  DescribeThingCommand,
  IoTClient,
  ListThingsCommand,
  UpdateThingCommand,
} from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runMuster } from '../helpers/muster.ts'
import { isOnPath } from '../helpers/programs.ts'
import { freshDirectory, startServerProcess, type ServerProcess } from '../helpers/server.ts'
import { openShell } from '../helpers/shell.ts'
import { changeStored, databaseVariables, storedText } from '../helpers/stored.ts'

let directory: string
beforeEach(() => {
  directory = freshDirectory()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

interface Event {
  requestID: string
  eventName: string
  eventID: string
  errorCode?: string
  userIdentity: { arn: string; accessKeyId?: string }
  requestParameters: object | null
}

const start = () => startServerProcess({ 'data-dir': directory })
const audit = async (...args: string[]) => {
  const environment = await databaseVariables(directory)
  return runMuster(['audit', ...args, '--data-dir', directory], { directory, environment })
}

async function exported(...args: string[]): Promise<Event[]> {
  const { stdout } = await audit('export', ...args)
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event)
}

/** Somebody who may do everything with things. */
async function makeUser(server: ServerProcess, UserName: string) {
  await server.iam.send(new CreateUserCommand({ UserName }))
  const PolicyArn = 'arn:aws:iam::aws:policy/AWSIoTFullAccess'
  await server.iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }))
  const { AccessKey } = await server.iam.send(new CreateAccessKeyCommand({ UserName }))
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
  const { apiUrl: endpoint, region } = server.endpoints
  const credentials = { accessKeyId, secretAccessKey }
  return {
    name: UserName,
    ...credentials,
    iot: new IoTClient({ endpoint, region, credentials, maxAttempts: 1 }),
  }
}

type Answered = Pick<Event, 'requestID' | 'eventName'> & { user: string }

/** Calls of all kinds, one after the other, until the server is gone; each is noted once it is answered. */
async function callOn(user: Awaited<ReturnType<typeof makeUser>>, lane: number, answered: Answered[]) {
  for (let index = 0; ; index++) {
    const thingName = `${user.name}-${lane}-${index % 40}`
    const command = [
      new CreateThingCommand({ thingName }),
      new DescribeThingCommand({ thingName }),
      new UpdateThingCommand({ thingName, attributePayload: { attributes: { round: String(index) } } }),
      new ListThingsCommand({ maxResults: 3 }),
      new DescribeThingCommand({ thingName: 'nobody' }), // refused
      new DeleteThingCommand({ thingName }),
    ][index % 6] as CreateThingCommand
    const eventName = command.constructor.name.replace(/Command$/, '')
    const requestID = await user.iot.send(command).then(
      ({ $metadata }) => $metadata.requestId,
      (error: { $metadata?: { requestId?: string } }) => error.$metadata?.requestId,
    )
    if (requestID === undefined) return // nobody answered
    answered.push({ requestID, eventName, user: user.name })
  }
}

describe('a server that is killed', () => {
  it('has all of 5,000 mixed calls of five identities that were answered', async () => {
    const server = await start()
    const names = ['ada', 'bea', 'cai', 'dan', 'eve']
    const users = await Promise.all(names.map((name) => makeUser(server, name)))
    const answered: Answered[] = []
    const lanes = users.flatMap((user) => [1, 2, 3].map((lane) => callOn(user, lane, answered)))
    await expect.poll(() => answered.length).toBeGreaterThanOrEqual(5000)
    await server.kill()
    await Promise.all(lanes)
    {
      await using _again = await start()
    }
    const events = new Map((await exported()).map((event) => [event.requestID, event]))
    const missing = answered.filter(({ requestID }) => !events.has(requestID))
    expect(missing).toEqual([])
    for (const { requestID, eventName, user } of answered) {
      const event = events.get(requestID)
      expect([event?.eventName, event?.userIdentity.arn]).toEqual([
        eventName,
        `arn:aws:iam::000000000000:user/${user}`,
      ])
    }
    expect(await audit('verify')).toMatchObject({ code: 0 })
    await changeStored(
      directory,
      "update audit_blocks set lines = replace(lines, 'cai-1-7', 'cai-1-8') where entries > 1",
    )
    const verdict = await audit('verify')
    expect(verdict).toMatchObject({ code: 1 })
    expect(verdict.stdout).toMatch(/FAULT {2}account 000000000000: the entry \d+ was changed/)
  })
})

describe('muster audit', () => {
  it('tells a hash that later proves what was there, and refuses another one', async () => {
    await using server = await start()
    await server.iot.send(new CreateThingCommand({ thingName: 'lamp-1' }))
    const head = /head ([0-9a-f]{64})/.exec((await audit('verify')).stdout)?.[1] ?? ''
    await server.iot.send(new CreateThingCommand({ thingName: 'lamp-2' }))
    expect((await audit('verify', '--head', head)).code).toBe(0)
    const other = await audit('verify', '--head', '0'.repeat(64))
    expect(other).toMatchObject({ code: 1 })
    expect(other.stdout).toContain('no entry has the hash')
  })

  it('has no secret, whoever sent it', async () => {
    {
      await using server = await start()
      await server.iam.send(new CreateUserCommand({ UserName: 'ada' }))
      const profile = { UserName: 'ada', Password: 'Sw0rdfish-and-chips' }
      await server.iam.send(new CreateLoginProfileCommand(profile))
      const { AccessKey } = await server.iam.send(new CreateAccessKeyCommand({ UserName: 'ada' }))
      const { stdout } = await audit('export')
      expect(stdout).toContain('CreateLoginProfile')
      expect(stdout).not.toContain('Sw0rdfish')
      expect(stdout).not.toContain(AccessKey?.SecretAccessKey)
      expect(await storedText(directory)).not.toContain('Sw0rdfish')
    }
  })

  it.each([
    ['no word', [], 'expected muster audit verify, or muster audit export, got nothing'],
    ['another word', ['check'], 'got "check"'],
    ['two words', ['verify', 'export'], 'audit verify takes options alone, got "export"'],
    ['a hash that is none', ['verify', '--head', 'abc'], '--head must be 64 lower-case hexadecimal digits'],
    ['a time that is none', ['export', '--after', 'noon'], '--after must be a time like'],
    ['an option of the other', ['verify', '--after', '2026-01-01'], 'audit verify has no option --after'],
    ['an option of the other way', ['export', '--head', 'a'], 'audit export has no option --head'],
  ])('refuses %s', async (_, args, message) => {
    const { code, stderr } = await audit(...args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })

  it('says that there is no database', async () => {
    const { code, stderr } = await runMuster(['audit', 'verify', '--data-dir', directory], { directory })
    expect(code).toBe(1)
    expect(stderr).toContain('there is no database')
  })
})

describe.skipIf(!isOnPath('aws'))('aws cloudtrail lookup-events', () => {
  const shellOf = ({ endpoints, rootKey }: ServerProcess, key = rootKey) =>
    openShell({
      AWS_ENDPOINT_URL: endpoints.apiUrl,
      AWS_DEFAULT_REGION: endpoints.region,
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    })

  it('finds who made a thing, and what was refused; and is refused to who has no right to it', async () => {
    await using server = await start()
    const ada = await makeUser(server, 'ada')
    await ada.iot.send(new CreateThingCommand({ thingName: 'lamp-1' }))
    await expect(ada.iot.send(new DescribeThingCommand({ thingName: 'lamp-2' }))).rejects.toThrow('lamp-2')
    using shell = shellOf(server)
    const lookUp = async (key: string, value: string) => {
      const attribute = `AttributeKey=${key},AttributeValue=${value}`
      const text = await shell.expect(
        `aws cloudtrail lookup-events --lookup-attributes ${attribute} --max-items 20`,
      )
      const { Events } = JSON.parse(text) as { Events: { Username: string; CloudTrailEvent: string }[] }
      return Events.map(({ Username, CloudTrailEvent }) => {
        const { eventName, errorCode } = JSON.parse(CloudTrailEvent) as Event
        return [eventName, Username, errorCode]
      })
    }
    expect(await lookUp('ResourceName', 'lamp-1')).toEqual([['CreateThing', 'ada', undefined]])
    expect(await lookUp('Username', 'ada')).toEqual([
      ['DescribeThing', 'ada', 'ResourceNotFoundException'],
      ['CreateThing', 'ada', undefined],
    ])
    using adas = shellOf(server, ada)
    const refused = await adas.run('aws cloudtrail lookup-events')
    expect(refused.code).not.toBe(0)
    expect(refused.output).toContain('is not authorized to perform: cloudtrail:LookupEvents')
  })
})
