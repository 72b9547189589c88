// Languages that Sarvam's models know, and what language a text is in.
import type { Wrong } from "./errors.js";
import { badRequest } from "./errors.js";

const kOld = ["hi", "bn", "kn", "ml", "mr", "od", "pa", "ta", "te", "en", "gu"];
const kNew = [...kOld, "as", "ur", "ne", "kok", "ks", "sd", "sa", "sat", "mni", "brx", "mai", "doi"];

/** What is wrong with a code, undefined when nothing is. */
export function languageProblem(code: string, model: string, voices: boolean): Wrong | undefined {
  const known = (voices || model.startsWith("saarika") ? kOld : kNew).map((one) => `${one}-IN`);
  if (!voices) known.unshift("unknown");
  return known.includes(code) ? undefined : badRequest(`Invalid language_code '${code}'. Must be one of: ${known.join(", ")}`);
}

/** The code of a transcript, and how sure it is: nothing is said about that when the language was given. */
export function detected(text: string, asked: string): { language_code: string | null; language_probability: number | null } {
  if (text === "") return { language_code: null, language_probability: null };
  if (asked !== "unknown" && asked !== "auto" && asked !== "") return { language_code: asked, language_probability: null };
  return { language_code: /[\u0900-\u097f]/.test(text) ? "hi-IN" : "en-IN", language_probability: 0.97 };
}
