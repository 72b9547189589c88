import { TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body, type Schemas } from "@/api/client";
import { FormDialog, useFields } from "@/components/forms";
import { usersQuery } from "./queries";
import { RoleRadio } from "./role_radio";

interface InviteDialogProps {
  onClose: () => void;
  onInvited: (email: string, url: string) => void;
}

export function InviteDialog({ onClose, onInvited }: InviteDialogProps) {
  const { t } = useTranslation("users");
  const client = useQueryClient();
  const fields = useFields({ email: "", name: "", role: "editor" as Schemas["Role"] });
  const { email, name, role } = fields.values;
  const invite = useMutation({
    mutationFn: () =>
      api.POST("/api/v1/users", { body: { email: email.trim(), role, ...(name.trim() ? { name: name.trim() } : {}) } }).then(body),
    gcTime: 0, // the answer holds the link
    onSuccess: async (answer) => {
      onInvited(answer.user.email, answer.inviteUrl);
      await client.invalidateQueries({ queryKey: usersQuery.queryKey });
    },
  });
  const inputs = fields.inputs(invite.error);
  return (
    <FormDialog
      opened
      title={t("invite")}
      onClose={onClose}
      onSubmit={() => invite.mutate()}
      busy={invite.isPending}
      error={invite.error}
      submitLabel={t("invite")}
      submitDisabled={email.trim() === ""}
    >
      <TextInput
        {...inputs.text("email")}
        label={t("email")}
        description={t("emailHint")}
        type="email"
        required
        data-autofocus
        autoComplete="off"
        maxLength={254}
      />
      <TextInput {...inputs.text("name")} label={t("name")} autoComplete="off" maxLength={100} />
      <RoleRadio value={role} onChange={(value) => fields.set("role", value)} />
    </FormDialog>
  );
}
