/** Pure parts of the console's kit. */
import { describe, expect, it } from 'vitest'
import { toCsv } from '../../console/src/kit/csv.ts'
import { findPlace } from '../../console/src/kit/json-place.ts'
import { diffLines } from '../../console/src/kit/text-diff.ts'
import { toCli } from '../../console/src/kit/to-cli.ts'
import { decisiveEntry } from '../../console/src/pages/explain/report.ts'
import { reasonCodes, type JournalCode } from '../../src/observability/journal/index.ts'

describe('a CSV export', () => {
  it('quotes what would end a field, and lets no name of a device be a formula', () => {
    const rows = [
      ['a,b', 'say "x"'],
      ['two\nlines', '=HYPERLINK("x")'],
      ['@x', 'plain'],
    ]
    expect(toCsv(['name', 'note'], rows)).toBe(
      `name,note\r\n"a,b","say ""x"""\r\n"two\nlines","'=HYPERLINK(""x"")"\r\n'@x,plain\r\n`,
    )
  })
})

describe('the place of a member in JSON', () => {
  const text =
    '{"Parameters": {"A::B": {"Type": "String"}}, "Resources": {"thing": {"Properties": {"Name": "Name"}}}}'
  const at = (path: string) => {
    const found = findPlace(text, path)
    return found && text.slice(found.from, found.to)
  }

  it.each([
    ['Parameters.A::B', '"A::B"'],
    ['Parameters.A::B.Type', '"Type"'],
    ['Resources.thing.Properties.Name', '"Name"'],
    ['Resources.thing.Properties.Name.Ref', '"Name"'],
    ['Resources.thing.Gone.Name', '"thing"'],
    ['Resources', '"Resources"'],
    ['Gone.thing', undefined],
    ['template', undefined],
    ['', undefined],
  ])('%s', (path, found) => {
    expect(at(path)).toBe(found)
  })

  it('is looked for to the end of a text that is broken off', () => {
    expect(findPlace('{"Resources": {"thing": [{', 'Resources.thing')).toEqual({ from: 15, to: 22 })
    expect(findPlace('{"a', 'b')).toBeUndefined()
    expect(findPlace('', 'b')).toBeUndefined()
  })
})

describe('the difference of two texts', () => {
  const told = (before: string, after: string) =>
    diffLines(before, after).map(
      ({ kind, text }) => `${{ same: ' ', removed: '-', added: '+' }[kind]}${text}`,
    )

  it.each([
    ['a\nb\nc', 'a\nx\nc', [' a', '-b', '+x', ' c']],
    ['a\nb', 'a\nb\nc', [' a', ' b', '+c']],
    ['a\nb\nc', 'c', ['-a', '-b', ' c']],
    ['same', 'same', [' same']],
    ['', 'a', ['-', '+a']],
  ])('from %j to %j', (before, after, lines) => {
    expect(told(before, after)).toEqual(lines)
  })
})

describe('a call of Muster itself, for the command line', () => {
  const muster = (operation: string, input: object) => toCli({ service: 'muster', operation, input })

  it('is that of the command', () => {
    expect(muster('RetryRegistration', { certificateId: 'ab' })).toBe('npx muster retry ab')
    expect(muster('ApproveDevice', { certificateId: 'ab' })).toBe('npx muster approve ab')
    expect(muster('RetryRegistration', { caCertificateId: 'ab', from: '2026-01-01' })).toBe(
      'npx muster retry --ca ab --from 2026-01-01',
    )
    expect(muster('DryRun', { caCertificateId: 'ab', subject: "CN=it's" })).toBe(
      String.raw`npx muster dry-run --ca ab --subject 'CN=it'\''s'`,
    )
    expect(muster('DryRun', { templateBody: '{}', certificatePem: 'x' })).toBe(
      'npx muster dry-run --template template.json --certificate certificate.pem',
    )
    expect(muster('InspectCertificate', { pem: 'x' })).toBe('npx muster inspect certificate.pem')
  })
})

describe('the verdict on a device', () => {
  it.each<[JournalCode[], JournalCode]>([
    [['auto-registration-off'], 'auto-registration-off'],
    [['auto-registration-off', 'certificate-registered', 'registration-announced'], 'registration-announced'],
    [['registration-announced', 'function-failed', 'registration-announced'], 'function-failed'],
    [['function-failed', 'connected'], 'connected'],
    [['connect-denied', 'connected', 'disconnected'], 'disconnected'],
    [['connected', 'publish-denied', 'disconnected', 'connected'], 'publish-denied'],
  ])('after %j is about %s', (codes, decisive) => {
    const entries = codes.map((code, entryId) => ({
      entryId,
      code,
      at: '2026-01-01T00:00:00Z',
      accountId: '1',
    }))
    const isRefusal = (code: string) => reasonCodes[code as JournalCode].level === 'warn'
    expect(decisiveEntry(entries as never, isRefusal)?.code).toBe(decisive)
  })
})
