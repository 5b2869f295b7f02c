import { rootContext } from '../../../test/helpers/call-context.ts'
import { expect, it } from 'vitest'
import { endpointOperations } from './endpoint-operations.ts'

const operations = endpointOperations({ endpointOf: (accountId) => `${accountId}.example.com` })
const context = rootContext('123456789012')

it.each([undefined, 'iot:Data', 'iot:Data-ATS', 'iot:CredentialProvider', 'iot:Jobs'])(
  'answers with the one host of the account for the endpoint type %s',
  async (endpointType) => {
    const input = endpointType === undefined ? {} : { endpointType }
    expect(await operations.DescribeEndpoint(input, context)).toEqual({
      endpointAddress: '123456789012.example.com',
    })
  },
)

it.each(['iot:data', 'Data', ''])('refuses the endpoint type %j', async (endpointType) => {
  await expect(operations.DescribeEndpoint({ endpointType }, context)).rejects.toMatchObject({
    code: 'InvalidRequestException',
    message: expect.stringContaining('expected one of iot:Data') as string,
  })
})
