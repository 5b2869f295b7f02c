import { expect, it } from 'vitest'
import { endpointOperations } from './endpoint-operations.ts'

const operations = endpointOperations({ endpointAddress: 'iot.example.com' })

it.each([undefined, 'iot:Data', 'iot:Data-ATS', 'iot:CredentialProvider', 'iot:Jobs'])(
  'answers with the one host for the endpoint type %s',
  async (endpointType) => {
    const input = endpointType === undefined ? {} : { endpointType }
    expect(await operations.DescribeEndpoint(input)).toEqual({ endpointAddress: 'iot.example.com' })
  },
)

it.each(['iot:data', 'Data', ''])('refuses the endpoint type %j', async (endpointType) => {
  await expect(operations.DescribeEndpoint({ endpointType })).rejects.toMatchObject({
    code: 'InvalidRequestException',
    message: expect.stringContaining('expected one of iot:Data') as string,
  })
})
