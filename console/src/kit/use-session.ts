import { useQuery } from '@tanstack/react-query'
import { getSession } from '../api/call.ts'

/** Who is signed in, and where. */
export const useSession = () => useQuery({ queryKey: ['session'], queryFn: getSession }).data
