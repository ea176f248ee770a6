/** Signs and checks service account tokens. The key itself never leaves the edge. */
export interface TokenKeys {
  /** The algorithm's name in the header of a JWT. */
  readonly algorithm: string;
  /** Tells this key from others, in the header of a JWT. */
  readonly keyId: string;
  /** The public half as a JSON Web Key, with `kid`, `alg` and `use`. */
  readonly jwk: Readonly<Record<string, string>>;
  /** The signature of `text`, in the form that a JWT has. */
  sign(text: string): Uint8Array;
  verify(text: string, signature: Uint8Array): boolean;
}
