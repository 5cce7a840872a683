const UUID_LENGTH = 36;
const REQUEST_ID_TAG = 0x0a;
const REPLAYED_TAG = 0x10;
const APPLIED_TAG = 0x1a;

/**
 * The request id of a StreamPaymentsResponse, and '0' when it was applied or 'refused'. Reads the fields in the order in which
 * protobuf writes them.
 */
export function readStreamAnswer(message: Buffer): { requestId: string; status: string } {
  if (message[0] !== REQUEST_ID_TAG || message[1] !== UUID_LENGTH) {
    throw new Error('Not an answer of StreamPayments.');
  }
  const end = 2 + UUID_LENGTH;
  const outcome = message[end] === REPLAYED_TAG ? end + 2 : end;
  const status = message[outcome] === APPLIED_TAG ? '0' : 'refused';
  return { requestId: message.toString('latin1', 2, end), status };
}
