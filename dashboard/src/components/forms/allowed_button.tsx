// A button that says why this user cannot use it, instead of hiding what there is.
import { Button, Tooltip, type ButtonProps } from "@mantine/core";
import type { MouseEventHandler, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMay, type Level } from "@/api/me";

// Why the user may not, or undefined.
export function useRefusal(): (resource: string, level: Level) => string | undefined {
  const { t } = useTranslation("forms");
  const may = useMay();
  return (resource, level) => (may(resource, level) ? undefined : t("lacksRight", { right: `${resource}:${level}` }));
}

interface AllowedButtonProps extends ButtonProps {
  resource: string;
  level: Level;
  // Another reason why it cannot be used now.
  refusal?: string;
  type?: "button" | "submit";
  onClick?: MouseEventHandler<HTMLButtonElement>;
  children: ReactNode;
}

export function AllowedButton({ resource, level, refusal, onClick, type = "button", ...button }: AllowedButtonProps) {
  const reason = useRefusal()(resource, level) ?? refusal;
  if (!reason) return <Button {...button} type={type} onClick={onClick} />;
  return (
    <Tooltip label={reason} events={{ hover: true, focus: true, touch: true }}>
      <Button {...button} type="button" data-disabled aria-disabled onClick={(event) => event.preventDefault()} />
    </Tooltip>
  );
}
