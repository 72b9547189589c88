// What callers and agents of a delivery company say, from a fixed list of pieces, so that every run has the same log.
const kOpenings = ["hello", "hi there", "good morning", "namaste", "yes", "okay so", "please listen", "excuse me", "haan ji", "sorry"];
const kSubjects = ["my order", "the parcel", "my refund", "the invoice", "my appointment", "the delivery boy", "my address", "the payment", "my subscription", "the order from last week", "the warranty", "my account"];
const kTroubles = ["has not come yet", "came broken", "was charged twice", "shows the wrong name", "should come tomorrow", "was cancelled without asking me", "went to the wrong house", "is still pending", "needs to be changed", "is missing one piece", "was promised for Monday", "does not open any more"];
const kWishes = ["can you check it", "when will it be there", "I want to speak to a person", "please send it again", "give me the money back", "tell me the status", "call me back in the evening", "change it to Friday", "thank you", "is that possible", "I am waiting for three days", "note it down please"];
const kAnswers = ["I have found", "let me look at", "I am sorry about", "I have just updated", "I can see", "thank you for telling me about", "we will take care of", "give me a moment to check"];
const kPromises = ["it will arrive by tomorrow evening", "a colleague will call you within the hour", "the amount is back in your account in three days", "you will get a message with the details", "the new time is eleven in the morning", "nothing more is needed from your side", "is there anything else I can do for you", "may I have the number on the bill"];

export const kSentences = 2048;
/** In two of five turns of a caller, in one call of 67, in one call of fifty thousand. */
export const kCommonWord = "order";
export const kMiddlingWord = "umbrella";
export const kRareWord = "marigold";

/** Numbers from 0 up to 1 that are the same in every run. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function sentences(): { caller: string; agent: string }[] {
  const next = numbers(20261121);
  const one = (of: string[]) => of[Math.floor(next() * of.length)]!;
  return Array.from({ length: kSentences }, () => {
    const subject = one(kSubjects);
    const caller = `${one(kOpenings)}, ${subject} ${one(kTroubles)}, ${one(kWishes)}`;
    return { caller, agent: `${one(kAnswers)} ${subject}; ${one(kPromises)}. ${one(kPromises)}.` };
  });
}
