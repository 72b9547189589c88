// A new password: the present one proves who asks.
import { Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { meQuery } from "@/api/me";
import { notifyDone, ProblemAlert } from "@/components";
import { NewPassword, passwordFault, useFields } from "@/components/forms";

export function PasswordForm({ email }: { email: string }) {
  const { t } = useTranslation("account");
  const client = useQueryClient();
  const fields = useFields({ currentPassword: "", newPassword: "", repeat: "" });
  const change = useMutation({
    mutationFn: () =>
      api.POST("/api/v1/me/password", {
        body: { currentPassword: fields.values.currentPassword, newPassword: fields.values.newPassword },
      }),
    onSuccess: async () => {
      fields.reset();
      // The answer came with a new session, whose token for changes is another one.
      await client.refetchQueries({ queryKey: meQuery.queryKey });
      notifyDone(t("changed"));
    },
  });
  const inputs = fields.inputs(change.error);
  const { currentPassword, newPassword, repeat } = fields.values;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm" c="dimmed">
          {t("passwordHint")}
        </Text>
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordInput {...inputs.text("currentPassword")} label={t("current")} required autoComplete="current-password" />
        <NewPassword
          label={t("new")}
          email={email}
          value={newPassword}
          onChange={(value) => fields.set("newPassword", value)}
          error={inputs.error("newPassword")}
        />
        <PasswordInput
          {...inputs.text("repeat")}
          label={t("repeat")}
          required
          autoComplete="new-password"
          error={repeat !== "" && repeat !== newPassword ? t("repeatWrong") : undefined}
        />
        <ProblemAlert error={change.error} />
        <Group justify="flex-end">
          <Button
            type="submit"
            loading={change.isPending}
            disabled={currentPassword === "" || repeat !== newPassword || passwordFault(newPassword, email) !== undefined}
          >
            {t("change")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
