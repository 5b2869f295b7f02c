/** The sign-in page: a key, of which the secret never leaves this page, or the link of `muster console`. */
import { signRequest } from './sign-request.ts'

const element = <Kind extends HTMLElement>(id: string) => document.getElementById(id) as Kind
const form = element<HTMLFormElement>('form')
const message = element('message')
const button = element<HTMLButtonElement>('sign-in')
const valueOf = (id: string) => element<HTMLInputElement>(id).value.trim()

/** Where to go then: a path of the console, nothing else. */
function target(): string {
  const to = new URLSearchParams(location.search).get('to') ?? ''
  return to.startsWith('/console/') && !to.includes('/sign-in') ? to : '/console/'
}

async function openSession(document: object): Promise<void> {
  const response = await fetch('/console/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-muster-console': '1' },
    body: JSON.stringify(document),
  })
  if (response.ok) return location.replace(target())
  const answer = (await response.json().catch(() => ({}))) as { message?: string }
  throw new Error(answer.message ?? `the server answered ${response.status}`)
}

async function attempt(begin: () => Promise<void>): Promise<void> {
  button.disabled = true
  message.textContent = ''
  try {
    await begin()
  } catch (error) {
    message.textContent = error instanceof Error ? error.message : String(error)
    button.disabled = false
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void attempt(async () => {
    const key = {
      accessKeyId: valueOf('key'),
      secretAccessKey: valueOf('secret'),
      sessionToken: valueOf('token') || undefined,
    }
    await openSession({ headers: await signRequest(key, { host: location.host, now: new Date() }) })
  })
})

const link = new URLSearchParams(location.hash.slice(1)).get('link')
if (link !== null) {
  history.replaceState(null, '', location.pathname + location.search)
  void attempt(() => openSession({ link }))
}
