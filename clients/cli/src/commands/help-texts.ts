import { commentOn } from '../api/api.js';
import type { FieldInput } from '../api/fields.js';

/** What help says of an option: what the proto says, with the spelling of the command line. */
export function helpOnField({ field, placeholder }: FieldInput): string {
  if (field.name === 'request_id') {
    return 'Id of the request, a UUID: name it again to learn, or complete, what has no known outcome. Made for you when left out.';
  }
  const text = commentOn({ typeName: field.parent.typeName, name: field.name })
    .replace(/\s+/g, ' ')
    .replaceAll('`', '');
  const example = exampleOf(placeholder);
  return example ? `${text} For example ${example}.` : text;
}

function exampleOf(placeholder: string): string {
  const examples: Record<string, string> = {
    '<time>': '90s, 1h30m or 500ms',
    '<time...>': '10m 1m',
    '<moment>': '2026-01-31 or 2026-01-31T18:00:00Z',
    '<money>': '"0.10 EUR"',
    '<file>': 'app.log, or - for standard input',
  };
  return examples[placeholder] ?? '';
}

/** The paragraphs of a comment, each on one line. */
export function paragraphsOf(comment: string): string[] {
  return comment.split(/\n\s*\n/).map((paragraph) => paragraph.replace(/\s+/g, ' ').trim());
}

/** The first sentence of a text, as a summary. */
export function firstSentence(text: string): string {
  return (text.split(/(?<=[.:]) /)[0] ?? '').replace(/[.:]$/, '');
}
