import {
  DescribeCertificateCommand,
  paginateListCertificates,
  RegisterCertificateCommand,
  RegisterCertificateWithoutCACommand,
  UpdateCertificateCommand,
  type CertificateStatus,
} from '@aws-sdk/client-iot'
import { readCaPem } from './ca-certificates.ts'
import { unlessAbsent } from './call-error.ts'
import { inPages, once, type End } from './ends.ts'
import type { Copy, Item } from './items.ts'

/** Status by id. */
const readCertificates = (end: End) =>
  once(end, 'certificates', async () => {
    const statuses = new Map<string, CertificateStatus>()
    for await (const page of paginateListCertificates(inPages(end), {}))
      for (const { certificateId = '', status = 'INACTIVE' } of page.certificates ?? [])
        statuses.set(certificateId, status)
    return statuses
  })

/** What a certificate can be registered as. */
const final: readonly CertificateStatus[] = ['ACTIVE', 'INACTIVE', 'REVOKED']

/** An id is the hash of the certificate: what has the same is the same. */
export async function* planCertificates(copy: Copy): AsyncGenerator<Item> {
  const there = await readCertificates(copy.to)
  for (const [certificateId, status] of await readCertificates(copy.from))
    yield planOne(copy, { certificateId, status, known: there.get(certificateId) })
}

interface Certificate {
  certificateId: string
  status: CertificateStatus
  /** At the destination. */
  known: CertificateStatus | undefined
}

function planOne(copy: Copy, { certificateId, status, known }: Certificate): Item {
  const about = { kind: 'certificates', name: certificateId } as const
  if (known === status) return { ...about, state: 'same' }
  if (!final.includes(status))
    return { ...about, state: 'left-out', why: `its status is ${status}: the device has not been let in yet` }
  if (known === undefined)
    return {
      ...about,
      state: 'make',
      ...(status !== 'ACTIVE' && { why: status }),
      carryOut: () => register(copy, certificateId, status),
    }
  if (status !== 'REVOKED')
    return { ...about, state: 'in-the-way', why: `its status is ${status} here and ${known} there` }
  return {
    ...about,
    state: 'change',
    why: 'revoke it, as here', // revoked anywhere is revoked everywhere
    async carryOut() {
      await copy.to.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: status }))
    },
  }
}

/** Below its CA where the destination has that, so that its revocation list and its options count; else alone. */
async function register({ from, to }: Copy, certificateId: string, status: CertificateStatus): Promise<void> {
  const question = new DescribeCertificateCommand({ certificateId })
  const { certificateDescription } = await from.iot.send(question)
  const { certificatePem = '', caCertificateId } = certificateDescription ?? {}
  if (caCertificateId !== undefined && (await hasCa(to, caCertificateId))) {
    const caCertificatePem = await readCaPem(to, caCertificateId)
    await to.iot.send(new RegisterCertificateCommand({ certificatePem, caCertificatePem, status }))
  } else {
    await to.iot.send(new RegisterCertificateWithoutCACommand({ certificatePem, status }))
  }
}

/** Asked once, when the CAs have been copied. */
const hasCa = (to: End, caCertificateId: string) =>
  once(to, `has CA ${caCertificateId}`, async () =>
    Boolean(await unlessAbsent(readCaPem(to, caCertificateId))),
  )
