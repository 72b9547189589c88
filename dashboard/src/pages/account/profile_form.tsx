// One's own name, for those who may change users; the rest is told.
import { Group, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { meQuery, useMay, type Me } from "@/api/me";
import { notifyDone, ProblemAlert } from "@/components";
import { AllowedButton } from "@/components/forms";

export function ProfileForm({ me }: { me: Me }) {
  const { t } = useTranslation("account");
  const may = useMay();
  const client = useQueryClient();
  const [name, setName] = useState(me.name);
  const save = useMutation({
    mutationFn: () => api.PATCH("/api/v1/users/{userId}", { params: { path: { userId: me.id } }, body: { name } }).then(body),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: meQuery.queryKey });
      await client.invalidateQueries({ queryKey: ["users"] });
      notifyDone(t("saved"));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const mine = may("users", "admin");
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={t("name")}
          autoComplete="name"
          maxLength={100}
          value={name}
          readOnly={!mine}
          variant={mine ? undefined : "filled"}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput label={t("email")} description={t("emailHint")} value={me.email} readOnly variant="filled" />
        <TextInput label={t("role")} value={me.role ? t(`roles.${me.role}`, { defaultValue: me.role }) : "–"} readOnly variant="filled" />
        <TextInput label={t("workspace")} value={me.workspace.name} readOnly variant="filled" />
        <ProblemAlert error={save.error} />
        <Group justify="flex-end">
          <AllowedButton type="submit" resource="users" level="admin" loading={save.isPending} disabled={mine && name === me.name}>
            {t("action.save", { ns: "common" })}
          </AllowedButton>
        </Group>
      </Stack>
    </form>
  );
}
