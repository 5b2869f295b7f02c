import Button from '@cloudscape-design/components/button'
import { text } from '../text/en.ts'

interface MoreButtonProps {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> }
}

/** Asks for the next page of a list; nothing where there is none. */
export const MoreButton = ({ query }: MoreButtonProps) =>
  query.hasNextPage ? (
    <Button formAction="none" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
      {text.more}
    </Button>
  ) : null
