import { applyMode, Mode } from '@cloudscape-design/global-styles'
import { useEffect, useState } from 'react'

const key = 'muster-mode'
const dark = matchMedia('(prefers-color-scheme: dark)')

/** Light and dark follow the system until somebody chooses with what this gives out. */
export function useMode(): () => void {
  const [chosen, setChosen] = useState(() => localStorage.getItem(key))
  const [system, setSystem] = useState(dark.matches ? 'dark' : 'light')
  useEffect(() => {
    const listen = () => setSystem(dark.matches ? 'dark' : 'light')
    dark.addEventListener('change', listen)
    return () => dark.removeEventListener('change', listen)
  }, [])
  const mode = chosen ?? system
  useEffect(() => applyMode(mode === 'dark' ? Mode.Dark : Mode.Light), [mode])
  return () => {
    const other = mode === 'dark' ? 'light' : 'dark'
    localStorage.setItem(key, other)
    setChosen(other)
  }
}
