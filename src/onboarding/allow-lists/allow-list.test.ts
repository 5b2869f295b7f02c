import { describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { AllowListError, maxListedDevices, parseAllowList } from './allow-list.ts'

const ca = makeCa()

const lamp = parseCertificate(ca.issue({ subject: 'CN=lamp-1', serialNumber: 0x0abcn }).der)
const fingerprint = lamp.certificateId
const find = async (text: string, certificate = lamp) => (await parseAllowList(text)).find(certificate)

describe('a device is on the list', () => {
  it.each<[string, string]>([
    ['its fingerprint', `fingerprint\n${fingerprint}\n`],
    [
      'its fingerprint, as OpenSSL writes it',
      `fingerprint\n${fingerprint.toUpperCase().replace(/..(?=.)/g, '$&:')}\n`,
    ],
    ['its subject key id', `subject-key-id\n${lamp.subjectKeyId?.toUpperCase()}\n`],
    ['its serial number', 'serial-number\nabc\n'],
    ['its serial number with zeros in front', 'serial-number\n0x000ABC\n'],
    ['its common name', 'common-name\nlamp-1\n'],
    ['its common name, where another line has something else', 'serial-number,common-name\n77,\n,lamp-1\n'],
    ['two things that both are its own', 'serial-number,common-name\nabc,lamp-1\n'],
  ])('by %s', async (_, text) => {
    expect(await find(text)).toBeDefined()
  })

  it('with values for the parameters of a template; empty ones are none', async () => {
    const found = await find('Room,common-name,Floor,ThingName\nkitchen,lamp-1,,lamp-in-kitchen\n')
    expect(found?.line).toBe(2)
    expect(Object.fromEntries(found?.parameters ?? [])).toEqual({
      Room: 'kitchen',
      ThingName: 'lamp-in-kitchen',
    })
  })
})

describe('a device is not on the list', () => {
  it.each<[string, string]>([
    ['that is empty but for its columns', 'common-name\n'],
    ['that has another name', 'common-name\nlamp-2\n'],
    ['that has its name in other letters', 'common-name\nLamp-1\n'],
    ['that has the beginning of its serial number', 'serial-number\nab\n'],
    ['that has its name with the serial number of another', 'serial-number,common-name\nabd,lamp-1\n'],
    ['that has its serial number with the name of another', 'serial-number,common-name\nabc,lamp-2\n'],
    ['that has its name as a value alone', 'serial-number,ThingName\n1,lamp-1\n'],
  ])('%s', async (_, text) => {
    expect(await find(text)).toBeUndefined()
  })

  it('when its certificate has nothing that the list goes by', async () => {
    const bare = parseCertificate(makeCa().issue({ subject: 'O=Acme', version: 1 }).der)
    expect(await find('common-name,subject-key-id\nlamp-1,\n,00\n', bare)).toBeUndefined()
  })
})

describe('a list is refused, with its line', () => {
  it.each<[string, string, string]>([
    ['without anything', '', 'line 1: expected the names of columns'],
    ['without a column that says who it is', 'Room\nkitchen\n', 'line 1: expected the names of columns'],
    ['with a column without a name', 'common-name,\n', 'line 1: column 2 has no name'],
    ['with a column twice', 'common-name,Room,Room\n', 'line 1: column Room is there twice'],
    [
      'that would speak for the certificate',
      'common-name,AWS::IoT::Certificate::Id\n',
      'read from the certificate',
    ],
    ['with a field too many', 'common-name\nlamp-1,kitchen\n', 'line 2: expected 1 fields, got 2'],
    ['with a field too few', 'common-name,Room\nlamp-1\n', 'line 2: expected 2 fields, got 1'],
    ['with a line that says nobody', 'common-name,Room\n,kitchen\n', 'line 2: nothing says which device'],
    [
      'with a serial number that is none',
      'serial-number\nlamp\n',
      'line 2: serial-number must be hexadecimal',
    ],
    ['with a fingerprint of SHA-1', `fingerprint\n${'ab'.repeat(20)}\n`, 'line 2: fingerprint must be'],
    ['with a device twice', 'serial-number\nab\n\n00AB\n', 'line 4: the device of line 2 again'],
    ['that is no CSV', 'common-name\n"lamp-1\n', 'line 2: a quotation mark'],
    [
      'with too many',
      `common-name\n${Array.from({ length: maxListedDevices + 1 }, (_, at) => at).join('\n')}`,
      `expected at most ${maxListedDevices} devices`,
    ],
  ])('%s', async (_, text, reason) => {
    const refused = parseAllowList(text)
    await expect(refused).rejects.toThrow(AllowListError)
    await expect(refused).rejects.toThrow(reason)
  })
})
