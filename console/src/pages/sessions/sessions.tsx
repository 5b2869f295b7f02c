/** Who is signed in to the console. */
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import { useMutation } from '@tanstack/react-query'
import { endSession } from '../../api/call.ts'
import { Failure } from '../../kit/failure.tsx'
import { shown } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { useOwn } from '../../kit/use-call.ts'
import { text } from '../../text/en.ts'

interface OpenSession {
  sessionId: string
  accessKeyId?: string
  /** Absent where the key or the password is gone. */
  arn?: string
  hasMfa: boolean
  sourceIp: string
  userAgent: string
  createdAt: string
  usedAt: string
  expiresAt: string
}

const nameIn = (arn: string) => arn.split(':').at(-1) ?? arn

export function Page() {
  const sessions = useOwn<{ sessions: OpenSession[] }>('console/sessions')
  const end = useMutation({ mutationFn: endSession, onSuccess: () => void sessions.refetch() })
  return (
    <Table
      variant="full-page"
      items={sessions.data?.sessions ?? []}
      trackBy="sessionId"
      loading={sessions.isLoading}
      loadingText={text.loading}
      header={
        <Header
          variant="awsui-h1-sticky"
          description="A session ends by itself after an hour without use, after twelve hours, and with its key or its password."
        >
          Console sessions
        </Header>
      }
      columnDefinitions={[
        { id: 'who', header: 'Identity', cell: ({ arn }) => (arn === undefined ? '–' : shown(nameIn(arn))) },
        {
          id: 'with',
          header: 'Signed in with',
          cell: ({ accessKeyId, hasMfa }) => accessKeyId ?? (hasMfa ? 'Password and MFA code' : 'Password'),
        },
        { id: 'from', header: 'From', cell: ({ sourceIp }) => sourceIp },
        { id: 'browser', header: 'Browser', cell: ({ userAgent }) => shown(userAgent) },
        { id: 'since', header: 'Since', cell: ({ createdAt }) => showTime(createdAt) },
        { id: 'used', header: 'Last used', cell: ({ usedAt }) => showTime(usedAt) },
        {
          id: 'end',
          header: 'End it',
          cell: ({ sessionId }) => (
            <Button
              variant="inline-link"
              onClick={() => end.mutate(sessionId)}
              ariaLabel={`End session ${sessionId}`}
            >
              End
            </Button>
          ),
        },
      ]}
      empty={sessions.error ? <Failure error={sessions.error} /> : <Box>{text.none}</Box>}
      footer={end.error ? <Failure error={end.error} /> : null}
    />
  )
}
