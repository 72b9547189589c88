import { Radio, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";

type Role = Schemas["Role"];

export function RoleRadio({ value, onChange, disabled }: { value: Role; onChange: (role: Role) => void; disabled?: boolean }) {
  const { t } = useTranslation("users");
  return (
    <Radio.Group label={t("role")} value={value} onChange={(role) => onChange(role as Role)}>
      <Stack gap="xs" mt={4}>
        {(["viewer", "editor", "owner"] as const).map((role) => (
          <Radio key={role} value={role} label={t(`roles.${role}`)} description={t(`roleHints.${role}`)} disabled={disabled} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
