// A password that is being chosen, with the server's rules told while it is typed.
import { PasswordInput, type PasswordInputProps } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { passwordFault } from "./password_rules";

interface NewPasswordProps extends Omit<PasswordInputProps, "onChange" | "value"> {
  email: string;
  value: string;
  onChange: (value: string) => void;
}

export function NewPassword({ email, value, onChange, ...input }: NewPasswordProps) {
  const { t } = useTranslation("forms");
  const fault = passwordFault(value, email);
  const told = !fault || value === "" ? t("password.rule") : t(`password.${fault.kind}`, { count: fault.missing });
  return (
    <PasswordInput
      required
      autoComplete="new-password"
      description={told}
      inputWrapperOrder={["label", "input", "description", "error"]}
      {...input}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
