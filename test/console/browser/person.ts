/** What a person does with the console's parts, by the labels that they see. */
import type { Locator, Page } from 'playwright-core'

/** Chooses from the menu "Actions" of a row, behind its three dots, and says yes. */
export async function chooseInRow(page: Page, row: string, label: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${row}` }).click()
  await page.getByRole('menuitem', { name: label, exact: true }).click()
}

/** Says yes to a question; `typed` is what it asks for. */
export async function confirm(page: Page, label: string, typed?: string): Promise<void> {
  const dialog = page.getByRole('dialog')
  if (typed !== undefined) await dialog.getByLabel(`To confirm, type ${typed}`).fill(typed)
  await dialog.getByRole('button', { name: label, exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
}

/** Types a name into a field that suggests some. */
export async function typeName(scope: Page | Locator, label: string, name: string): Promise<void> {
  const field = scope.getByLabel(label, { exact: true })
  await field.fill(name)
  await field.press('Tab')
}

/** Follows a link of the navigation. */
export async function goTo(page: Page, name: string): Promise<void> {
  const navigation = page.getByRole('navigation', { name: 'Navigation' })
  await navigation.getByRole('link', { name, exact: true }).last().click()
}

export const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name })
export const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true })

/** Presses the button that the whole of `name` is written on. */
export const press = (page: Page | Locator, name: string) =>
  page.getByRole('button', { name, exact: true }).click()
