/** The sign-in page: a key, of which the secret never leaves this page, a user's password, or the link of `muster console`. */
import { signRequest } from './sign-request.ts'

const element = <Kind extends HTMLElement>(id: string) => document.getElementById(id) as Kind
const form = element<HTMLFormElement>('form')
const message = element('message')
const button = element<HTMLButtonElement>('sign-in')
const valueOf = (id: string) => element<HTMLInputElement>(id).value.trim()
/** As it was typed: spaces belong to a password. */
const passwordIn = (id: string) => element<HTMLInputElement>(id).value

function show(id: string, isShown: boolean): void {
  const part = element<HTMLFieldSetElement>(id)
  part.hidden = !isShown
  part.disabled = !isShown // what is not shown need not be filled in
}

const wayKey = 'muster-sign-in'
const ways = document.querySelectorAll<HTMLInputElement>('input[name=way]')

function chooseWay(way: string): void {
  show('by-key', way === 'key')
  show('by-person', way === 'person')
  show('needs-code', false)
  show('needs-password', false)
  localStorage.setItem(wayKey, way)
}

for (const way of ways) {
  way.addEventListener('change', () => chooseWay(way.value))
  if (way.value === localStorage.getItem(wayKey)) {
    way.checked = true
    chooseWay(way.value)
  }
}

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
  const answer = (await response.json().catch(() => ({}))) as { message?: string; needs?: string[] }
  if (response.ok && answer.needs) return ask(answer.needs)
  if (response.ok) return location.replace(target())
  throw new Error(answer.message ?? `the server answered ${response.status}`)
}

/** The password is right; something else has to be given with it. */
function ask(needs: readonly string[]): void {
  show('needs-code', needs.includes('mfaCode') || !element('needs-code').hidden)
  show('needs-password', needs.includes('newPassword') || !element('needs-password').hidden)
  const [first] = document.querySelectorAll<HTMLInputElement>(
    '#needs-code:enabled input, #needs-password:enabled input',
  )
  first?.focus()
  button.disabled = false
}

const isShown = (id: string) => !element(id).hidden

function personDocument(): object {
  if (isShown('needs-password') && passwordIn('new') !== passwordIn('again'))
    throw new Error('the new passwords are not the same')
  return {
    account: valueOf('account'),
    userName: valueOf('user'),
    password: passwordIn('password'),
    ...(isShown('needs-code') && { mfaCode: valueOf('code') }),
    ...(isShown('needs-password') && { newPassword: passwordIn('new') }),
  }
}

async function keyDocument(): Promise<object> {
  const key = {
    accessKeyId: valueOf('key'),
    secretAccessKey: valueOf('secret'),
    sessionToken: valueOf('token') || undefined,
  }
  return { headers: await signRequest(key, { host: location.host, now: new Date() }) }
}

async function attempt(begin: () => Promise<void>): Promise<void> {
  button.disabled = true
  message.textContent = ''
  try {
    await begin()
  } catch (error) {
    message.textContent = error instanceof Error ? error.message : String(error)
    element<HTMLInputElement>('code').value = '' // each is good once
    button.disabled = false
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void attempt(async () => openSession(isShown('by-person') ? personDocument() : await keyDocument()))
})

const link = new URLSearchParams(location.hash.slice(1)).get('link')
if (link !== null) {
  history.replaceState(null, '', location.pathname + location.search)
  void attempt(() => openSession({ link }))
}
