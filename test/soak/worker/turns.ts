/** How often a process looks whether it gets its turn: ms. */
export const TURN = 200;
/** Who waits longer for a turn cannot keep the times of the store, which has two seconds for an answer: ms. */
export const LONGEST_TURN = 400;
