import { describe, expect, it } from 'vitest'
import { findScopeFault, findService } from './services.ts'

describe('the scope of a signature', () => {
  it.each([
    ['iot', 'iot'],
    ['execute-api', 'iot'],
    ['iotdata', 'iot-data'],
    ['iotdevicegateway', 'iot-data'],
    ['iot-jobs-data', 'iot-jobs-data'],
    ['iam', 'iam'],
    ['sts', 'sts'],
    ['lambda', 'lambda'],
    ['logs', 'logs'],
  ])('%s means %s', (scope, service) => {
    expect(findService(scope)).toBe(service)
  })

  it.each(['s3', '', 'IOT', 'constructor', '__proto__', 'toString'])('%s means nothing here', (scope) => {
    expect(findService(scope)).toBeUndefined()
  })

  it.each([
    ['eu-west-1', 'iot'],
    ['eu-west-1', 'iam'],
    ['us-east-1', 'iot'],
  ])('%s/%s is refused by a server in eu-central-1', (region, service) => {
    expect(findScopeFault('eu-central-1', { region, service })).toMatch(/^Credential should be scoped to/)
  })

  it.each(['s3', 'route53', 'nonsense'])(
    'us-east-1/%s is no fault: that it is not here is said later',
    (service) => {
      expect(findScopeFault('eu-central-1', { region: 'us-east-1', service })).toBeUndefined()
    },
  )

  it.each(['iam', 'sts'])('us-east-1/%s is taken everywhere: the service is global', (service) => {
    expect(findScopeFault('eu-central-1', { region: 'us-east-1', service })).toBeUndefined()
  })
})
