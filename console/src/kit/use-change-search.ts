import { useNavigate } from '@tanstack/react-router'

/** Changes some of what the address says behind its `?`, without a step of the history; what is empty is left out. */
export function useChangeSearch<Search extends object>(): (changed: Search) => void {
  const navigate = useNavigate()
  return (changed) =>
    void navigate({
      to: '.',
      search: (previous: object) =>
        Object.fromEntries(
          Object.entries({ ...previous, ...changed }).filter(
            ([, value]) => value !== undefined && value !== '',
          ),
        ),
      replace: true,
    } as never)
}
