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
import { judge, type Tags } from './compare.ts'
import { inPages, once, type End } from './ends.ts'
import { inParallel } from './in-parallel.ts'
import { isStep, type Copy, type Item } from './items.ts'
import { unread } from './named.ts'
import { addTagsTo, compareTags, readTags } from './tags.ts'

interface Listed {
  certificateArn: string
  status: CertificateStatus
}

/** By id. */
const readCertificates = (end: End) =>
  once(end, 'certificates', async () => {
    const all = new Map<string, Listed>()
    for await (const page of paginateListCertificates(inPages(end), {}))
      for (const { certificateId = '', certificateArn = '', status = 'INACTIVE' } of page.certificates ?? [])
        all.set(certificateId, { certificateArn, status })
    return all
  })

/** What a certificate can be registered as. */
const final: readonly CertificateStatus[] = ['ACTIVE', 'INACTIVE', 'REVOKED']

/** An id is the hash of the certificate: what has the same is the same. */
export async function* planCertificates(copy: Copy): AsyncGenerator<Item> {
  const there = await readCertificates(copy.to)
  yield* await inParallel([...(await readCertificates(copy.from))], ([certificateId, here]) =>
    planOne(copy, { certificateId, here, there: there.get(certificateId) }),
  )
}

interface Certificate {
  certificateId: string
  here: Listed
  there: Listed | undefined
}

async function planOne(copy: Copy, { certificateId, here, there }: Certificate): Promise<Item> {
  const about = { kind: 'certificates', name: certificateId } as const
  const { status } = here
  if (!final.includes(status) && there?.status !== status)
    return { ...about, state: 'left-out', why: `its status is ${status}: nobody has decided about it yet` }
  try {
    const tags = await readCertificateTags(copy, here)
    if (there) return await planKnown(copy, { certificateId, here, there, tags })
    return {
      ...about,
      state: 'make',
      ...(status !== 'ACTIVE' && { why: status }),
      carryOut: () => register(copy, { certificateId, status, tags }),
    }
  } catch (error) {
    return unread(about, error)
  }
}

/** At both ends. */
interface Known {
  certificateId: string
  here: Listed
  there: Listed
  /** At the source. */
  tags: Tags
}

async function planKnown(
  { to }: Pick<Copy, 'to'>,
  { certificateId, here: { status }, there, tags }: Known,
): Promise<Item> {
  const about = { kind: 'certificates', name: certificateId } as const
  if (status !== there.status && status !== 'REVOKED')
    return { ...about, state: 'in-the-way', why: `its status is ${status} here and ${there.status} there` }
  const compared = compareTags(tags, tags.size === 0 ? tags : await readTags(to, there.certificateArn))
  const judged = judge({ ...about, ...compared }, addTagsTo(to, there.certificateArn))
  if (status === there.status) return judged
  return {
    ...about,
    state: 'change',
    why: 'revoke it, as here', // revoked anywhere is revoked everywhere
    async carryOut() {
      await to.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: status }))
      if (isStep(judged)) await judged.carryOut()
    },
  }
}

/** A Muster has tags of certificates, the limits of claims among them; AWS tags CA certificates alone. */
const canTagCertificates = ({ endpoint }: End) => !/\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname)

const readCertificateTags = async ({ from, to }: Copy, { certificateArn }: Listed): Promise<Tags> =>
  canTagCertificates(from) && canTagCertificates(to) ? readTags(from, certificateArn) : new Map()

interface Registration {
  certificateId: string
  status: CertificateStatus
  tags: Tags
}

/** Below its CA where the destination has that, so that its revocation list and its options count; else alone. */
async function register({ from, to }: Copy, { certificateId, status, tags }: Registration): Promise<void> {
  const question = new DescribeCertificateCommand({ certificateId })
  const { certificateDescription } = await from.iot.send(question)
  const { certificatePem = '', caCertificateId } = certificateDescription ?? {}
  const hasItsCa = caCertificateId !== undefined && (await hasCa(to, caCertificateId))
  const { certificateArn = '' } = hasItsCa
    ? await to.iot.send(
        new RegisterCertificateCommand({
          certificatePem,
          caCertificatePem: await readCaPem(to, caCertificateId),
          status,
        }),
      )
    : await to.iot.send(new RegisterCertificateWithoutCACommand({ certificatePem, status }))
  if (tags.size > 0) await addTagsTo(to, certificateArn)(tags)
}

/** Asked once, when the CAs have been copied. */
const hasCa = (to: End, caCertificateId: string) =>
  once(to, `has CA ${caCertificateId}`, async () =>
    Boolean(await unlessAbsent(readCaPem(to, caCertificateId))),
  )
