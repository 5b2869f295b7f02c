import { useQuery } from '@tanstack/react-query'
import { call } from '../../api/call.ts'
import type { FunctionConfiguration } from './function.ts'

interface Listed {
  Functions?: FunctionConfiguration[]
  NextMarker?: string
}

/** As many as a person can choose from. */
const maxPages = 20

/** All functions, to choose one from. */
export const useFunctions = () =>
  useQuery({
    queryKey: ['functions'],
    queryFn: async () => {
      const functions: FunctionConfiguration[] = []
      let Marker: string | undefined
      for (let page = 0; page < maxPages; page++) {
        const input = { MaxItems: 50, ...(Marker !== undefined && { Marker }) }
        const listed = await call<Listed>({ service: 'lambda', operation: 'ListFunctions', input })
        functions.push(...(listed.Functions ?? []))
        Marker = listed.NextMarker
        if (Marker === undefined) break
      }
      return functions
    },
  })
