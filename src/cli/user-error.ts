/** A failure that the person at the keyboard can mend; printed as one sentence, without a trace. */
export class UserError extends Error {
  override readonly name = 'UserError';
}
