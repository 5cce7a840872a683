import { type IdKind, parseId } from '../model/public-id.js';

/** No row has it: what a text stands for that is no id of its kind, so that it is answered as missing. */
const NOTHING = 0n;

/** The id that a request names. */
export function readId(kind: IdKind, text: string): bigint {
  return parseId(kind, text) ?? NOTHING;
}

/** As {@link readId}; the empty text is null: "the active one". */
export function readOptionalId(kind: IdKind, text: string): bigint | null {
  return text === '' ? null : readId(kind, text);
}
