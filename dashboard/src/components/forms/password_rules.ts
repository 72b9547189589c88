// The server's rules for passwords (it has the last word).
const fewest = 10;
const most = 256;

export interface PasswordFault {
  kind: "tooShort" | "tooLong" | "isEmail";
  missing: number;
}

export function passwordFault(password: string, email: string): PasswordFault | undefined {
  const length = [...password].length;
  if (length < fewest) return { kind: "tooShort", missing: fewest - length };
  if (length > most) return { kind: "tooLong", missing: 0 };
  if (email && password.toLowerCase() === email.toLowerCase()) return { kind: "isEmail", missing: 0 };
  return undefined;
}
