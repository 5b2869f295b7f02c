/** What rules do and who makes them do it, for the tests of rules and of their actions. */
import { allow, accountId, functionArn, roleArn, type TestEngine } from './test-engine.ts'

export const anyTopic = `arn:aws:iot:us-east-1:${accountId}:topic`
export const awsSqlVersion = { awsIotSqlVersion: '2016-03-23' }
export const certificateId = 'ab'.repeat(32)
export const publisher = { clientId: 'lamp-1', principal: certificateId, sourceIp: '192.0.2.7' }

export const lambda = { lambda: { functionArn: functionArn('greet') } }

export const republish = (topic: string, more: object = {}) => ({
  republish: { roleArn: roleArn('publisher'), topic, ...more },
})

/** The role that `republish` goes by. */
export const createPublisher = (engine: TestEngine, resource = '*') =>
  engine.createRole('publisher', allow('iot:Publish', resource))

export const failures = (engine: TestEngine) => engine.logged.filter(({ status }) => status === 'Failure')

export const textOf = (payload: Uint8Array | undefined) => Buffer.from(payload ?? []).toString()
