/**
 * JITR set up by a Python script with boto3, as a maker of security modules publishes it, and tested with curl: the
 * function only activates, so the device is known before it may do anything.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { untilStatus } from '../helpers/jitr.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { openShell, parseExports, type Shell } from '../helpers/shell.ts'

const trustDocument = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "Service": "lambda.amazonaws.com"
      },
      "Action": "sts:AssumeRole"
    }
  ]
}
`

const policyDocument = `{
   "Version":"2012-10-17",
   "Statement":[
      {
         "Effect":"Allow",
         "Action":[
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents"
         ],
         "Resource":"arn:aws:logs:*:*:*"
      },
      {
         "Effect":"Allow",
         "Action":[
            "iot:UpdateCertificate",
            "iot:CreatePolicy",
            "iot:AttachPrincipalPolicy"
         ],
         "Resource":"*"
      }
   ]
}
`

const functionSource = `
var AWS = require('aws-sdk');
exports.handler = function (event, context, callback) {
  var iot = new AWS.Iot({ region: 'us-east-1', apiVersion: '2015-05-28' });
  var certificateId = event.certificateId.toString().trim();
  iot.updateCertificate({ certificateId: certificateId, newStatus: 'ACTIVE' }, function (error, data) {
    if (error) return callback(error);
    callback(null, 'Success, activated ' + certificateId);
  });
};
`

const setupSource = `
import io
import functools
import json
import os
import zipfile
import boto3

# botocore before 1.31 does not read AWS_ENDPOINT_URL
boto3.client = functools.partial(boto3.client, endpoint_url=os.environ['AWS_ENDPOINT_URL'])

with open('CA_files/zk_ca.pem') as file:
    ca_certificate = file.read()
with open('verificationCert.crt') as file:
    verification_certificate = file.read()
iot_client = boto3.client('iot')
registered = iot_client.register_ca_certificate(
    caCertificate=ca_certificate,
    verificationCertificate=verification_certificate,
    setAsActive=True,
    allowAutoRegistration=True
)

iam_client = boto3.client('iam')
with open('trust_document.txt') as trust_role:
    trust_document = trust_role.read()
with open('policy_document.txt') as policy:
    policy_document = policy.read()
create_role_response = iam_client.create_role(
    RoleName='jitr_role',
    AssumeRolePolicyDocument=trust_document,
    Description='AWS Role given to the JITR lambda'
)
create_policy_response = iam_client.create_policy(
    PolicyName='jitr_policy',
    PolicyDocument=policy_document,
    Description='Policy that allows JITR lambda to execute actions.'
)
iam_client.attach_role_policy(
    RoleName='jitr_role',
    PolicyArn=create_policy_response['Policy']['Arn']
)

archive = io.BytesIO()
with zipfile.ZipFile(archive, 'w') as package:
    package.write('index.js')
lambda_client = boto3.client('lambda')
create_lambda_response = lambda_client.create_function(
    FunctionName='JITR',
    Runtime='nodejs12.x',
    Role=create_role_response['Role']['Arn'],
    Handler='index.handler',
    Code={'ZipFile': archive.getvalue()},
    Description='Lambda function for Just-in-time-Registration',
    Timeout=30
)

iot_client.create_topic_rule(
    ruleName='JITR',
    topicRulePayload={
        'sql': "SELECT * FROM '$aws/events/certificates/registered/" + registered['certificateId'] + "'",
        'description': 'Takes devices to the JITR function',
        'actions': [{'lambda': {'functionArn': create_lambda_response['FunctionArn']}}],
        'awsIotSqlVersion': '2016-03-23'
    }
)
lambda_client.add_permission(
    FunctionName='JITR',
    StatementId='iot',
    Action='lambda:InvokeFunction',
    Principal='iot.amazonaws.com',
    SourceArn=iot_client.get_topic_rule(ruleName='JITR')['ruleArn']
)
print(json.dumps(registered['certificateId']))
`

const hasBoto3 = (() => {
  try {
    execFileSync('python3', ['-c', 'import boto3'], { stdio: 'ignore' })
    return true
  } catch {
    return false // no Python, or no boto3: pip install boto3
  }
})()

let server: TestServer
let shell: Shell
beforeEach(async () => {
  server = await startTestServer()
  using printed = openShell({})
  shell = openShell(parseExports(await printed.expect(`muster env --data-dir ${server.dataDir}`)))
  const files = {
    'trust_document.txt': trustDocument,
    'policy_document.txt': policyDocument,
    'index.js': functionSource,
    'setup.py': setupSource,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(shell.directory, name), text)
})
afterEach(async () => {
  shell[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

const subject = '/C=US/ST=California/L=Santa Barbara/O=Zymbit'

/** With the CA's key, as the maker's shell scripts do. */
async function makeCa(): Promise<void> {
  await shell.expect(`
    mkdir CA_files
    openssl ecparam -genkey -name prime256v1 -out CA_files/zk_ca.key
    openssl req -x509 -new -SHA256 -nodes -key CA_files/zk_ca.key -days 3650 -out CA_files/zk_ca.crt -subj "/C=US/ST=California/L=Santa Barbara/O=Zymkey"
    cp CA_files/zk_ca.crt CA_files/zk_ca.pem
    openssl req -new -newkey rsa:2048 -nodes -keyout verification.key -out verificationCert.csr -subj "/CN=$(aws iot get-registration-code --query registrationCode --output text)"
    openssl x509 -req -in verificationCert.csr -CA CA_files/zk_ca.pem -CAkey CA_files/zk_ca.key -CAcreateserial -out verificationCert.crt -days 500 -sha256`)
}

/** Resolves with the certificate's id. */
async function makeDevice(): Promise<string> {
  const printed = await shell.expect(`
    openssl ecparam -genkey -name prime256v1 -out zymkey.key
    openssl req -new -key zymkey.key -out zymkey.csr -subj "${subject}"
    openssl x509 -req -SHA256 -days 3650 -CA CA_files/zk_ca.crt -CAkey CA_files/zk_ca.key -CAcreateserial -in zymkey.csr -out zymkey.crt 2>/dev/null
    openssl x509 -in zymkey.crt -outform der | sha256sum | cut -d' ' -f1`)
  return printed.trim().split('\n').at(-1)!
}

const post = () =>
  shell.run(
    `curl --tlsv1.2 -sS -w '\\nstatus %{http_code}' --cacert "$MUSTER_ROOT_CA" --cert zymkey.crt --key zymkey.key -X POST -d '{ "hello": "world" }' "https://localhost:${server.endpoints.httpsPort}/topics/foo/bar?qos=1"`,
  )

it.skipIf(!hasBoto3)('JITR with boto3 and curl (skipped where python3 has no boto3)', async () => {
  await makeCa()
  const caCertificateId = JSON.parse(await shell.expect('python3 setup.py')) as string
  const id = await makeDevice()

  const first = await post()
  expect(first).toMatchObject({ code: 52, output: expect.stringContaining('Empty reply from server') })
  await untilStatus(server, id, 'ACTIVE')
  const second = await post()
  expect(second.output).toContain('status 403')
  expect(second.output).toContain('Forbidden')

  await shell.expect(`
      aws iot create-policy --policy-name publish --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:us-east-1:000000000000:topic/foo/bar"}]}'
      aws iot attach-policy --policy-name publish --target arn:aws:iot:us-east-1:000000000000:cert/${id}`)
  const third = await post()
  expect(third.output).toContain('status 200')
  expect(third.output).toContain('"message":"OK"')

  const report = await server.report(id)
  expect(report.certificates).toMatchObject([{ status: 'ACTIVE', caCertificateId, policies: ['publish'] }])
  expect(report.entries.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['certificate-registered', 'registration-announced', 'publish-denied']),
  )
})
