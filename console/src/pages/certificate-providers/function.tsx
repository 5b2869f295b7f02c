import { FunctionField } from '../functions/function-field.tsx'

interface ProviderFunctionProps {
  value: string
  onChange: (functionArn: string) => void
}

/** Who signs. */
export const ProviderFunction = (props: ProviderFunctionProps) => (
  <FunctionField
    label="Lambda function"
    member="lambdaFunctionArn"
    description="It is given a CSR, and answers with a certificate."
    source="this certificate provider"
    {...props}
  />
)
