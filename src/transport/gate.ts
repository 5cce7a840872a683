import { DomainError } from '../model/errors.js';

/** The way in for calls, and how many are inside. */
export type Gate = {
  /** Lets a call in; it gives back what lets it out. @throws SERVER_DRAINING while the gate is shut */
  enter(): () => void;
  /** Lets no further call in until {@link Gate.open}. Those inside are not touched. */
  shut(): void;
  open(): void;
  isShut(): boolean;
  /** Calls inside. */
  size(): number;
};

/** Creates a gate that is open. */
export function createGate(): Gate {
  let isShut = false;
  let size = 0;
  return {
    enter() {
      if (isShut) throw outOfService();
      size += 1;
      let inside = true;
      return () => {
        if (inside) size -= 1;
        inside = false;
      };
    },
    shut() {
      isShut = true;
    },
    open() {
      isShut = false;
    },
    isShut: () => isShut,
    size: () => size,
  };
}

function outOfService(): DomainError {
  return new DomainError(
    'SERVER_DRAINING',
    'The server is out of service. Retry with the same request id: another one, or this one later, answers.',
  );
}
