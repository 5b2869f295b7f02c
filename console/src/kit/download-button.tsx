import Button from '@cloudscape-design/components/button'

/** Gives a text out as a file, without asking the server. */
export function DownloadButton({ label, text, file }: { label: string; text: string; file: string }) {
  const download = () => {
    const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
    const link = document.createElement('a')
    link.href = url
    link.download = file
    link.click()
    URL.revokeObjectURL(url)
  }
  return (
    <Button iconName="download" formAction="none" onClick={download}>
      {label}
    </Button>
  )
}
