/**
 * Why a patch cannot be applied, and whose fault upstream says it is: of the patch's form
 * (`BadRequest`), of its content against this object (`Unprocessable`), or of its size.
 */
export class PatchError extends Error {
  override readonly name = 'PatchError';
  readonly type: 'BadRequest' | 'Unprocessable' | 'TooLarge';

  constructor(type: PatchError['type'], message: string) {
    super(message);
    this.type = type;
  }
}

/** A JSON object, which no patch ever changes in place. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets a field of an object being built; even one called __proto__ becomes an own property. */
export function setField(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else
    Object.defineProperty(object, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
}
