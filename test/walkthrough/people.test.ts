/** Passwords, MFA devices, and what an account asks of people, with the aws command line and boto3. */
import { createHmac } from 'node:crypto'
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lacks } from '../helpers/programs.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { openShell, parseExports, type Shell } from '../helpers/shell.ts'

const isMissing = lacks('aws', 'python3')
let server: TestServer
let shell: Shell
beforeAll(async () => {
  server = await startTestServer()
  const printed = openShell({})
  const exports = await printed.expect(`muster env --data-dir ${server.dataDir}`)
  printed[Symbol.dispose]()
  shell = openShell(parseExports(exports))
})
afterAll(async () => {
  shell[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

function codeOf(seed: string, ahead: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = Array.from(seed, (letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead))
  const mac = createHmac('sha1', key).update(counter).digest()
  const number = mac.readUInt32BE(mac.at(-1)! & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}

it.skipIf(isMissing)(
  'the aws command line gives a user a second factor, and a session that has it',
  async () => {
    const aws = (command: string) => shell.expect(`aws ${command}`)
    const serial = 'arn:aws:iam::000000000000:mfa/phone'
    await server.iam.send(new CreateUserCommand({ UserName: 'ann' }))
    await aws(
      'iam create-virtual-mfa-device --virtual-mfa-device-name tablet --outfile code.png --bootstrap-method QRCodePNG',
    )
    expect(await shell.expect('head -c 4 code.png')).toContain('PNG')
    await aws(
      'iam create-virtual-mfa-device --virtual-mfa-device-name phone --outfile seed.txt --bootstrap-method Base32StringSeed',
    )
    const seed = (await shell.expect('cat seed.txt')).trim()
    const codes = `--authentication-code1 ${codeOf(seed, -4)} --authentication-code2 ${codeOf(seed, -3)}`
    await aws(`iam enable-mfa-device --user-name ann --serial-number ${serial} ${codes}`)
    const Condition = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }
    const Statement = [{ Effect: 'Allow', Action: 'iot:*', Resource: '*', Condition }]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await server.iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'own', PolicyDocument }))
    const { AccessKey } = await server.iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
    const asAnn = `export AWS_ACCESS_KEY_ID=${AccessKey!.AccessKeyId} AWS_SECRET_ACCESS_KEY=${AccessKey!.SecretAccessKey}`
    expect((await shell.run(`${asAnn}; aws iot list-things`)).output).toContain('not authorized')
    const token = `${asAnn}; aws sts get-session-token --serial-number ${serial} --token-code ${codeOf(seed, 0)} --query Credentials --output json`
    const given = JSON.parse(await shell.expect(token)) as Record<string, string>
    expect((await shell.run(token)).output).toContain('invalid MFA one time pass code')
    const { AccessKeyId, SecretAccessKey, SessionToken } = given
    await shell.expect(
      `export AWS_ACCESS_KEY_ID=${AccessKeyId} AWS_SECRET_ACCESS_KEY=${SecretAccessKey} AWS_SESSION_TOKEN=${SessionToken}; aws iot list-things`,
    )
  },
)

const program = `
import base64, boto3, hashlib, hmac, os, struct, time
def client(service, **more):
    return boto3.client(service, endpoint_url=os.environ['AWS_ENDPOINT_URL'], **more)
iam = client('iam')
def refused(name, call, **given):
    try:
        call(**given)
    except getattr(iam.exceptions, name):
        print('refused', name)
def code(seed, ahead):
    counter = struct.pack('>Q', int(time.time()) // 30 + ahead)
    mac = hmac.new(base64.b32decode(seed), counter, hashlib.sha1).digest()
    at = mac[-1] & 15
    return '%06d' % ((struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000)

iam.create_account_alias(AccountAlias='lamp-makers')
print(iam.list_account_aliases()['AccountAliases'])
refused('NoSuchEntityException', iam.get_account_password_policy)
iam.update_account_password_policy(MinimumPasswordLength=12, PasswordReusePrevention=2, AllowUsersToChangePassword=True)
print(iam.get_account_password_policy()['PasswordPolicy']['MinimumPasswordLength'])
iam.create_user(UserName='ben')
refused('PasswordPolicyViolationException', iam.create_login_profile, UserName='ben', Password='short')
iam.create_login_profile(UserName='ben', Password='Correct-horse-1', PasswordResetRequired=True)
refused('EntityAlreadyExistsException', iam.create_login_profile, UserName='ben', Password='Correct-horse-2')
print(iam.get_login_profile(UserName='ben')['LoginProfile']['PasswordResetRequired'])
iam.update_login_profile(UserName='ben', Password='Correct-horse-2', PasswordResetRequired=False)
refused('PasswordPolicyViolationException', iam.update_login_profile, UserName='ben', Password='Correct-horse-1')
refused('InvalidUserTypeException', iam.change_password, OldPassword='a', NewPassword='b')
key = iam.create_access_key(UserName='ben')['AccessKey']
own = client('iam', aws_access_key_id=key['AccessKeyId'], aws_secret_access_key=key['SecretAccessKey'])
own.change_password(OldPassword='Correct-horse-2', NewPassword='Another-horse-3')

device = iam.create_virtual_mfa_device(VirtualMFADeviceName='ben')['VirtualMFADevice']
seed, serial = device['Base32StringSeed'], device['SerialNumber']
print(len(base64.b32decode(seed)), device['QRCodePNG'][1:4])
codes = dict(UserName='ben', SerialNumber=serial, AuthenticationCode1=code(seed, -4), AuthenticationCode2=code(seed, -3))
wrong = dict(codes, AuthenticationCode2='000000')
refused('InvalidAuthenticationCodeException', iam.enable_mfa_device, **wrong)
iam.enable_mfa_device(**codes)
refused('InvalidAuthenticationCodeException', iam.resync_mfa_device, **codes)
iam.resync_mfa_device(UserName='ben', SerialNumber=serial, AuthenticationCode1=code(seed, 0), AuthenticationCode2=code(seed, 1))
print([found['SerialNumber'] for found in iam.list_mfa_devices(UserName='ben')['MFADevices']] == [serial])
assigned = iam.get_paginator('list_virtual_mfa_devices').paginate(AssignmentStatus='Assigned')
print([found['User']['UserName'] for page in assigned for found in page['VirtualMFADevices'] if found['SerialNumber'] == serial])
refused('DeleteConflictException', iam.delete_virtual_mfa_device, SerialNumber=serial)
iam.deactivate_mfa_device(UserName='ben', SerialNumber=serial)
iam.delete_virtual_mfa_device(SerialNumber=serial)
iam.delete_login_profile(UserName='ben')
refused('NoSuchEntityException', iam.get_login_profile, UserName='ben')
iam.delete_account_password_policy()
iam.delete_account_alias(AccountAlias='lamp-makers')
`

it.skipIf(isMissing)(
  'boto3 makes and ends passwords, devices, and what an account asks, and knows each refusal',
  async () => {
    const printed = await shell.expect(`python3 - <<'END'\n${program}\nEND`)
    expect(printed.trim().split('\n')).toEqual([
      "['lamp-makers']",
      'refused NoSuchEntityException',
      '12',
      'refused PasswordPolicyViolationException',
      'refused EntityAlreadyExistsException',
      'True',
      'refused PasswordPolicyViolationException',
      'refused InvalidUserTypeException',
      "40 b'PNG'",
      'refused InvalidAuthenticationCodeException',
      'refused InvalidAuthenticationCodeException',
      'True',
      "['ben']",
      'refused DeleteConflictException',
      'refused NoSuchEntityException',
    ])
  },
)
