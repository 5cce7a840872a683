/** What people are told while a stream is opened again. */
export const brokenNote = 'The connection broke; trying again.';
