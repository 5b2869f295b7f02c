import { describe, expect, it } from 'vitest'
import { AwsError } from './errors.ts'
import { getModel, type ServiceName } from './model.ts'
import { renderError } from './render-error.ts'
import { MalformedRequestError } from './wire.ts'

const render = (service: ServiceName, error: unknown) => {
  const model = getModel(service)
  return renderError(error, { protocol: model.protocol, model, requestId: 'r-1' })
}

describe('status and code', () => {
  it.each<[ServiceName, string, number, string]>([
    ['iot', 'ResourceNotFoundException', 404, 'ResourceNotFoundException'],
    ['iot', 'LimitExceededException', 410, 'LimitExceededException'],
    ['iot', 'ThrottlingException', 400, 'ThrottlingException'],
    ['iot', 'CertificateStateException', 406, 'CertificateStateException'],
    ['iot', 'AccessDeniedException', 403, 'AccessDeniedException'],
    ['iot', 'NotImplementedException', 501, 'NotImplementedException'],
    ['iot', 'UnknownOperationException', 404, 'UnknownOperationException'],
    ['iot', 'NeverHeardOfException', 400, 'NeverHeardOfException'],
    ['iot', 'constructor', 400, 'constructor'],
    ['iot-data', 'ThrottlingException', 429, 'ThrottlingException'],
    ['iot-data', 'AccessDeniedException', 403, 'ForbiddenException'],
    ['iot-data', 'InvalidSignatureException', 403, 'InvalidSignatureException'],
    ['lambda', 'ResourceConflictException', 409, 'ResourceConflictException'],
    ['logs', 'ResourceNotFoundException', 400, 'ResourceNotFoundException'],
    ['logs', 'ServiceUnavailableException', 500, 'ServiceUnavailableException'],
    ['logs', 'InvalidSignatureException', 400, 'InvalidSignatureException'],
    ['logs', 'NotImplementedException', 501, 'NotImplementedException'],
    ['iam', 'NoSuchEntityException', 404, 'NoSuchEntity'],
    ['iam', 'NoSuchEntity', 404, 'NoSuchEntity'],
    ['iam', 'AccessDeniedException', 403, 'AccessDenied'],
    ['iam', 'AccessDenied', 403, 'AccessDenied'],
    ['iam', 'ValidationError', 400, 'ValidationError'],
    ['iam', 'UnrecognizedClientException', 403, 'InvalidClientTokenId'],
    ['iam', 'UnknownOperationException', 400, 'InvalidAction'],
    ['sts', 'MalformedPolicyDocumentException', 400, 'MalformedPolicyDocument'],
  ])('%s %s is %i %s', (service, code, status, codeOnWire) => {
    const response = render(service, new AwsError(code, 'text'))
    const [, fromXml] = /<Code>(.*)<\/Code>/.exec(String(response.body)) ?? []
    const fromJson = () => (JSON.parse(String(response.body)) as { __type?: string }).__type
    expect(response.status).toBe(status)
    expect(fromXml ?? response.headers['x-amzn-errortype'] ?? fromJson()).toBe(codeOnWire)
  })
})

describe('form', () => {
  it.each<[ServiceName, unknown, string]>([
    [
      'iot',
      new AwsError('ResourceAlreadyExistsException', 'is there', {
        members: { resourceId: 'r', secret: 's' },
      }),
      '{"resourceId":"r","message":"is there"}',
    ],
    ['lambda', new AwsError('ResourceNotFoundException', 'gone'), '{"Type":"User","Message":"gone"}'],
    [
      'logs',
      new AwsError('ResourceNotFoundException', 'gone'),
      '{"__type":"ResourceNotFoundException","message":"gone"}',
    ],
    [
      'iam',
      new AwsError('NoSuchEntityException', 'no <b> & "c"'),
      '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>' +
        '<Message>no &lt;b&gt; &amp; &quot;c&quot;</Message></Error><RequestId>r-1</RequestId></ErrorResponse>',
    ],
    ['iot', new MalformedRequestError('the body is not JSON'), '{"message":"the body is not JSON"}'],
    ['iot', new Error('password'), '{"message":"The server failed to answer"}'],
    ['iot', 'password', '{"message":"The server failed to answer"}'],
  ])('of %s: %s', (service, error, body) => expect(render(service, error).body).toBe(body))

  it('tells our own failures as such', () => {
    expect(render('iam', new Error('password')).body).toContain(
      '<Type>Receiver</Type><Code>InternalFailure</Code>',
    )
    expect(render('logs', new Error('password'))).toMatchObject({ status: 500 })
  })
})
