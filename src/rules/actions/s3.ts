/** Source: AWS IoT Developer Guide, "S3"; Amazon S3 API Reference, "PutObject". */
import type { S3Action } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import { ActionFailure } from './action-failure.ts'
import type { ActionScope, PreparedAction } from './action.ts'
import { callEndpoint } from './aws-endpoints.ts'
import { parseField } from './field.ts'
import { checkRoleAllows, type Grant } from './service-role.ts'

const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const maxKeyBytes = 1024

/** @throws {AwsError} `InvalidRequestException` */
export function prepareS3(action: S3Action, scope: ActionScope): PreparedAction {
  const { roleArn = '', cannedAcl } = action
  const bucketField = parseField(action.bucketName ?? '', 'bucketName', scope)
  const keyField = parseField(action.key ?? '', 'key', scope)
  const fault = bucketField.literal === undefined ? undefined : findFault(bucketField.literal, 'key')
  if (fault !== undefined) throw iotError('InvalidRequestException', `${scope.place}: ${fault}`)
  return {
    name: 'S3Action',
    roleArn,
    aim({ rule, message, output, isJson }, deps) {
      const bucket = bucketField.fill(message)
      const key = keyField.fill(message)
      const deliver = async () => {
        const found = findFault(bucket, key)
        if (found !== undefined) throw new ActionFailure(found)
        const arn = `arn:aws:s3:::${bucket}/${key}`
        const grants: Grant[] = [['s3:PutObject', arn]]
        if (cannedAcl !== undefined) grants.push(['s3:PutObjectAcl', arn])
        await checkRoleAllows(deps, { rule, roleArn }, grants)
        await callEndpoint(deps, {
          service: 's3',
          method: 'PUT',
          path: `/${bucket}/${encodeKey(key)}`,
          headers: {
            'content-type': isJson ? 'application/json' : 'application/octet-stream',
            ...(cannedAcl !== undefined && { 'x-amz-acl': cannedAcl }),
          },
          body: output,
        })
      }
      return { label: 'BucketName', resource: bucket, deliver }
    },
  }
}

function findFault(bucket: string, key: string): string | undefined {
  if (!bucketPattern.test(bucket)) return `a bucket cannot be named "${bucket.slice(0, 100)}"`
  if (key === '') return 'the key is empty'
  if (Buffer.byteLength(key) > maxKeyBytes) return `the key has more than ${maxKeyBytes} bytes`
  // a server that reads the path as a URL would leave the bucket
  if (key.split('/').some((part) => part === '.' || part === '..'))
    return `the key must not have "." or ".." between slashes; it is "${key.slice(0, 100)}"`
  return undefined
}

/** Slashes stay; all else but unreserved characters is percent-encoded (RFC 3986 2.3). */
function encodeKey(key: string): string {
  const encode = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(key.toWellFormed())
    .replaceAll('%2F', '/')
    .replaceAll(/[!'()*]/g, encode)
}
