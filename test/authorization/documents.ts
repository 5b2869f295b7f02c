/** What the resources are made of. */
import { strToU8, zipSync } from 'fflate'
import { makeCa } from '../helpers/certificates.ts'

export const allowAll = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
})

const services = ['iot', 'lambda', 'credentials.iot'].map((name) => `${name}.amazonaws.com`)

export const trust = (accountId: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: accountId, Service: services } },
    ],
  })

export const certificatePem = () => makeCa().issue().certificatePem
export const zip = zipSync({ 'index.mjs': strToU8('export const handler = () => 1') })
const thing = { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'Name' } } }
const certificate = {
  Type: 'AWS::IoT::Certificate',
  Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' } },
}
const text = { Type: 'String' }
export const thingTemplate = JSON.stringify({ Parameters: { Name: text }, Resources: { thing } })
export const template = JSON.stringify({
  Parameters: { 'AWS::IoT::Certificate::Id': text },
  Resources: { certificate },
})

export const anAuthorizer = {
  authorizerFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:none',
  signingDisabled: true,
}
