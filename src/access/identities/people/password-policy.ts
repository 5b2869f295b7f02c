/** What a password must be (IAM User Guide, "Setting an account password policy for IAM users"). */

/** In the members of IAM. */
export interface PasswordPolicy {
  MinimumPasswordLength: number
  RequireSymbols: boolean
  RequireNumbers: boolean
  RequireUppercaseCharacters: boolean
  RequireLowercaseCharacters: boolean
  AllowUsersToChangePassword: boolean
  /** Days; absent: a password never expires. */
  MaxPasswordAge?: number
  /** So many earlier passwords may not come again. */
  PasswordReusePrevention?: number
  /** Whether somebody with an expired password needs an administrator. */
  HardExpiry: boolean
}

/** What UpdateAccountPasswordPolicy makes of a member that is absent. */
export const policyDefaults: PasswordPolicy = {
  MinimumPasswordLength: 6,
  RequireSymbols: false,
  RequireNumbers: false,
  RequireUppercaseCharacters: false,
  RequireLowercaseCharacters: false,
  AllowUsersToChangePassword: false,
  HardExpiry: false,
}

const kinds = [
  { member: 'RequireUppercaseCharacters', pattern: /[A-Z]/, what: 'an uppercase letter' },
  { member: 'RequireLowercaseCharacters', pattern: /[a-z]/, what: 'a lowercase letter' },
  { member: 'RequireNumbers', pattern: /\d/, what: 'a number' },
  {
    member: 'RequireSymbols',
    pattern: /[!@#$%^&*()_+\-=[\]{}|']/,
    what: "one of ! @ # $ % ^ & * ( ) _ + - = [ ] { } | '",
  },
] as const

/** Of an account that has set no policy: so long, and so many of the kinds. */
const ownRules = { length: 8, kinds: 3 }

/** What is wrong with the password, for a person; never with its text. */
export function passwordFault(
  password: string,
  userName: string,
  policy: PasswordPolicy | undefined,
): string | undefined {
  const least = policy?.MinimumPasswordLength ?? ownRules.length
  if (password.length < least) return `Password should have a minimum length of ${least}`
  const present = kinds.filter(({ pattern }) => pattern.test(password))
  if (!policy) {
    if (password === userName) return 'Password must not be the user name'
    if (present.length >= ownRules.kinds) return undefined
    return `Password should have at least ${ownRules.kinds} of: uppercase letters, lowercase letters, numbers, symbols`
  }
  const absent = kinds.find((kind) => policy[kind.member] && !present.includes(kind))
  return absent && `Password should have at least ${absent.what}`
}

const dayMs = 86_400_000

export function isExpired(policy: PasswordPolicy | undefined, changedAt: Date, now: Date): boolean {
  const { MaxPasswordAge } = policy ?? {}
  return MaxPasswordAge !== undefined && now.getTime() - changedAt.getTime() > MaxPasswordAge * dayMs
}
