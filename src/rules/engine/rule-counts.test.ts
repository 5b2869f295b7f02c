import { expect, it } from 'vitest'
import { accountId, functionArn, openTestEngine, start } from '../testing/test-engine.ts'

const hot = {
  sql: "SELECT * FROM 'sensors/#' WHERE t > 20",
  awsIotSqlVersion: '2016-03-23',
  actions: [{ lambda: { functionArn: functionArn('f') } }],
}
const rule = { accountId, ruleName: 'hot' }

it('counts what becomes of the messages of a rule', async () => {
  await using engine = await openTestEngine()
  await engine.createRule('hot', hot)
  const none = { ruleName: 'hot', topicMatch: 0, matched: 0, success: 0, failure: 0 }
  expect(engine.rules.counts.report(rule)).toEqual({ since: start, ...none })
  for (const t of [19, 21, 22]) engine.publish('sensors/a', { t })
  await engine.rules.idle()
  expect(engine.rules.counts.report(rule)).toEqual({
    ...none,
    since: start,
    topicMatch: 3,
    matched: 2,
    success: 2,
    lastMessageAt: start,
  })
})

it('keeps the last failure of a rule, and forgets it all with the rule', async () => {
  const invoke = () => Promise.reject(new Error('gone'))
  await using engine = await openTestEngine({ invoke })
  await engine.createRule('hot', hot)
  engine.publish('sensors/a', { t: 21 })
  await engine.rules.idle()
  expect(engine.rules.counts.report(rule)).toMatchObject({
    topicMatch: 1,
    success: 0,
    failure: 1,
    lastFailure: { at: start, failedAction: 'LambdaAction', failedResource: functionArn('f') },
  })
  await engine.operations.DisableTopicRule({ ruleName: 'hot' } as never, engine.context)
  expect(engine.rules.counts.report(rule)).toMatchObject({ failure: 1 })
  await engine.operations.DeleteTopicRule({ ruleName: 'hot' } as never, engine.context)
  expect(engine.rules.counts.report(rule)).toMatchObject({ topicMatch: 0, failure: 0 })
})
