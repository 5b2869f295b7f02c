import {
  DescribeCACertificateCommand,
  GetRegistrationCodeCommand,
  paginateListCACertificates,
  RegisterCACertificateCommand,
  type CertificateMode,
  type RegistrationConfig,
} from '@aws-sdk/client-iot'
import { parsed, differences, judge, renamed, type Tags } from './compare.ts'
import { inPages, once, type End } from './ends.ts'
import { inParallel } from './in-parallel.ts'
import type { Copy, Item } from './items.ts'
import { unread } from './named.ts'
import { addTagsTo, compareTags, readTags, tagsMember } from './tags.ts'

interface Ca {
  certificatePem: string
  certificateArn: string
  certificateMode: CertificateMode
  /** What is compared, with AWS's member names. */
  content: {
    status: string | undefined
    autoRegistrationStatus: string | undefined
    registrationConfig: RegistrationConfig | undefined
  }
}

const listCas = (end: End) =>
  once(end, 'CAs', async () => {
    const ids: string[] = []
    for await (const page of paginateListCACertificates(inPages(end), {}))
      for (const { certificateId = '' } of page.certificates ?? []) ids.push(certificateId)
    return ids
  })

const describeCa = (end: End, certificateId: string): Promise<Ca> =>
  once(end, `CA ${certificateId}`, async () => {
    const question = new DescribeCACertificateCommand({ certificateId })
    const { certificateDescription: ca, registrationConfig } = await end.iot.send(question)
    return {
      certificatePem: ca?.certificatePem ?? '',
      certificateArn: ca?.certificateArn ?? '',
      certificateMode: ca?.certificateMode ?? 'DEFAULT',
      content: {
        status: ca?.status,
        autoRegistrationStatus: ca?.autoRegistrationStatus,
        registrationConfig,
      },
    }
  })

/** The PEM of a registered CA, whose id a certificate names. */
export const readCaPem = async (end: End, certificateId: string): Promise<string> =>
  (await describeCa(end, certificateId)).certificatePem

export async function* planCas(copy: Copy): AsyncGenerator<Item> {
  const there = new Set(await listCas(copy.to))
  yield* await inParallel(await listCas(copy.from), (id) => planOne(copy, id, there.has(id)))
}

async function planOne(copy: Copy, certificateId: string, isThere: boolean): Promise<Item> {
  const about = { kind: 'cas', name: certificateId } as const
  const { from, to, rename } = copy
  try {
    const ca = await describeCa(from, certificateId)
    const content = renamed(ca.content, rename)
    const tags = await readTags(from, ca.certificateArn)
    if (isThere) {
      const known = await describeCa(to, certificateId)
      const compared = compareTags(tags, await readTags(to, known.certificateArn))
      const differing = [...differences(legible(content), legible(known.content)), ...compared.differing]
      const add = addTagsTo(to, known.certificateArn)
      return judge({ ...about, differing, missing: compared.missing }, add)
    }
    const proof = ca.certificateMode === 'SNI_ONLY' ? undefined : copy.findProof(certificateId)
    if (ca.certificateMode !== 'SNI_ONLY' && proof === undefined)
      return { ...about, state: 'needs-you', why: await describeProof(copy, certificateId) }
    return {
      ...about,
      state: 'make',
      why: ca.certificateMode === 'SNI_ONLY' ? 'mode SNI_ONLY' : 'mode DEFAULT, with its proof of possession',
      carryOut: () => register(to, { ...ca, content, proof, tags }),
    }
  } catch (error) {
    return unread(about, error)
  }
}

/** Of templates it is what they say that counts. */
const legible = ({ registrationConfig, ...others }: Ca['content']) => ({
  ...others,
  ...registrationConfig,
  templateBody: registrationConfig?.templateBody && parsed(registrationConfig.templateBody),
})

async function describeProof({ to }: Copy, certificateId: string): Promise<string> {
  const code = await once(to, 'registration code', async () => {
    const { registrationCode = '' } = await to.iot.send(new GetRegistrationCodeCommand({}))
    return registrationCode
  })
  return `mode DEFAULT: give --proofs a directory with ${certificateId}.pem, a certificate that this CA signed for the common name ${code}`
}

async function register(
  { iot }: End,
  { certificatePem, certificateMode, content, proof, tags }: Ca & { proof: string | undefined; tags: Tags },
): Promise<void> {
  const { registrationConfig } = content
  await iot.send(
    new RegisterCACertificateCommand({
      caCertificate: certificatePem,
      certificateMode,
      ...(proof !== undefined && { verificationCertificate: proof }),
      setAsActive: content.status === 'ACTIVE',
      allowAutoRegistration: content.autoRegistrationStatus === 'ENABLE',
      ...(registrationConfig && { registrationConfig }),
      ...tagsMember(tags),
    }),
  )
}
