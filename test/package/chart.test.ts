/** The chart for Kubernetes: rendered by Helm, and judged by the models of Kubernetes and of Prometheus Operator. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { optionNames, variableOf } from '../../src/server/config.ts'
import { chartTools, type ChartTools, type Resource } from './chart-tools.ts'

const chart = 'packaging/helm'
const embedded = ['--set', 'endpoint=iot.example.com']
const cluster = [...embedded, '--set', 'mode=cluster,cluster.secretName=nodes']
const everything = [
  '--set',
  'serviceMonitor.enabled=true,services.devices.alpn=true,deviceTls.secretName=ours,apiTls.secretName=api',
  '--set',
  'options.region=eu-west-1,options.session-queue-full=drop-oldest,options.backup-keep=3,podAnnotations.a=b',
  '--set',
  'services.api.annotations.a=b,services.devices.annotations.a=b,imagePullSecrets[0].name=pull,nodeSelector.a=b',
  '--set-json',
  'tolerations=[{"key":"a","operator":"Exists"}]',
  '--set-json',
  'affinity={"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[]}}}',
]

let tools: ChartTools
beforeAll(async () => {
  tools = await chartTools()
})

function rendered(...args: string[]): Resource[] {
  const { status, said } = tools.helm('template', 'muster', chart, ...args)
  expect({ status, said }).toMatchObject({ status: 0 })
  return tools.parse(said)
}
const kinds = (resources: Resource[]) => resources.map(({ kind }) => kind).toSorted()

interface Pod {
  enableServiceLinks: boolean
  automountServiceAccountToken: boolean
  securityContext: object
  containers: [{ env: { name: string; value?: string; valueFrom?: object }[]; securityContext: object }]
  volumes: { name: string; secret?: { defaultMode: number } }[]
}
function podOf(resources: Resource[]): Pod {
  const workload = resources.find(({ kind }) => kind === 'StatefulSet' || kind === 'Deployment')
  if (workload === undefined) throw new Error('there is neither a StatefulSet nor a Deployment')
  return (workload.spec as { template: { spec: Pod } }).template.spec
}

describe('the chart', () => {
  it('is one that Helm has nothing to say about', () => {
    for (const args of [embedded, cluster])
      expect(tools.helm('lint', '--strict', '--quiet', chart, ...args)).toEqual({ status: 0, said: '' })
  })

  it('is of the version of the server', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    const text = readFileSync(`${chart}/Chart.yaml`, 'utf8')
    expect(text).toContain(`\nversion: ${version}\n`)
    expect(text).toContain(`\nappVersion: ${version}\n`)
  })

  it('makes one server with a volume, or nodes that may go one at a time', () => {
    const both = ['Service', 'Service', 'ServiceAccount']
    expect(kinds(rendered(...embedded))).toEqual([...both, 'StatefulSet'])
    expect(kinds(rendered(...cluster))).toEqual(['Deployment', 'PodDisruptionBudget', ...both])
    expect(kinds(rendered(...cluster, ...everything))).toContain('ServiceMonitor')
  })

  it.each([
    ['one server', embedded],
    ['one server with everything', [...embedded, ...everything]],
    ['nodes', cluster],
    ['nodes with everything', [...cluster, ...everything]],
    [
      'nodes that are stopped before new ones start',
      [...cluster, '--set', 'cluster.updateStrategy=Recreate'],
    ],
  ])('is taken by the models of Kubernetes: %s', async (_, args) => {
    const resources = rendered(...args)
    for (const resource of resources) await expect(tools.validate(resource)).resolves.toBeUndefined()
    expect(tools.typeFaults(resources)).toBe('')
  })

  it('would not be taken with a misspelt member, or a port that is none', async () => {
    const [service] = rendered(...embedded).filter(({ kind }) => kind === 'Service')
    const spec = service?.spec as object
    const misspelt = { ...service, spec: { ...spec, selektor: {} } } as Resource
    expect(tools.typeFaults([misspelt])).toMatch(/selektor\W+ does not exist/)
    const wrong = { ...service, spec: { ...spec, ports: [{ port: 'mqtt' }] } } as Resource
    await expect(tools.validate(wrong)).rejects.toThrow(/port/)
  })
})

describe('a pod', () => {
  it.each([
    ['one server', embedded],
    ['nodes', [...cluster, ...everything]],
  ])('has no right that it does not need, and no variable that Kubernetes makes up: %s', (_, args) => {
    const pod = podOf(rendered(...args))
    expect(pod).toMatchObject({ enableServiceLinks: false, automountServiceAccountToken: false })
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 10001,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    const secrets = pod.volumes.flatMap(({ secret }) => (secret ? [secret.defaultMode] : []))
    expect(secrets.every((mode) => mode === 0o440)).toBe(true)
  })

  it('gives the server options that it knows, and secrets by reference alone', () => {
    const { env } = podOf(rendered(...cluster, ...everything)).containers[0]
    const known = new Set(optionNames.map(variableOf))
    expect(env.filter(({ name }) => !known.has(name))).toEqual([])
    const values = Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]))
    expect(values).toMatchObject({
      MUSTER_REGION: 'eu-west-1',
      MUSTER_BACKUP_KEEP: '3',
      MUSTER_ENDPOINT: 'iot.example.com',
      MUSTER_DATABASE: { secretKeyRef: { name: 'nodes', key: 'database' } },
      MUSTER_NATS: { secretKeyRef: { name: 'nodes', key: 'nats' } },
      MUSTER_NODE_NAME: { fieldRef: { fieldPath: 'metadata.name' } },
    })
  })
})

describe('values are refused', () => {
  it.each([
    ['no endpoint', [], '/endpoint'],
    ['nodes without their secret', [...embedded, '--set', 'mode=cluster'], '/cluster/secretName'],
    ['a mode that there is not', [...embedded, '--set', 'mode=both'], '/mode'],
    ['a misspelt value', [...embedded, '--set', 'replicas=3'], 'replicas'],
    ['a misspelt value further down', [...embedded, '--set', 'cluster.replicaz=3'], 'replicaz'],
    [
      'an option that the chart sets',
      [...embedded, '--set', 'options.host=127.0.0.1'],
      "propertyName 'host'",
    ],
    ['an option with a capital', [...embedded, '--set', 'options.logLevel=info'], "propertyName 'logLevel'"],
    ['a size that is none', [...embedded, '--set', 'embedded.volume.size=much'], '/embedded/volume/size'],
    ['no node', [...cluster, '--set', 'cluster.replicas=0'], '/cluster/replicas'],
  ])('%s', (_, args, place) => {
    const { status, said } = tools.helm('template', 'muster', chart, ...args)
    expect(status).not.toBe(0)
    expect(said).toContain(place)
  })
})
