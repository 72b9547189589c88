// Name, role, and whether somebody may log in.
import { Alert, Switch, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { api, body, ifMatch, type Schemas } from "@/api/client";
import { meQuery, useMe } from "@/api/me";
import { notifyDone, notifyProblem } from "@/components";
import { FormDialog, useFields, type Kept } from "@/components/forms";
import { isLastOwner } from "./last_owner";
import { usersQuery } from "./queries";
import { RoleRadio } from "./role_radio";

interface EditDialogProps {
  user: Schemas["User"];
  kept: Kept<Schemas["User"]>;
  users: Schemas["User"][];
  onClose: () => void;
}

export function EditDialog({ user, kept, users, onClose }: EditDialogProps) {
  const { t } = useTranslation("users");
  const client = useQueryClient();
  const me = useMe();
  const fields = useFields({ name: user.name, role: user.role, disabled: user.disabled });
  const { name, role, disabled } = fields.values;
  const again = () => client.invalidateQueries({ queryKey: usersQuery.queryKey });
  const save = useMutation({
    mutationFn: () =>
      api
        .PATCH("/api/v1/users/{userId}", {
          params: { path: { userId: user.id }, header: ifMatch(user.etag) },
          body: {
            ...(name !== user.name ? { name: name.trim() } : {}),
            ...(role !== user.role ? { role } : {}),
            ...(disabled !== user.disabled ? { disabled } : {}),
          },
        })
        .then(body),
    onSuccess: async () => {
      notifyDone(t("saved"));
      onClose();
      await again();
      if (user.id === me.id) await client.invalidateQueries({ queryKey: meQuery.queryKey });
    },
  });
  useEffect(() => kept.typed(fields.touched));
  const loadNewer = async () => {
    const found = (await client.fetchQuery({ ...usersQuery, staleTime: 0 })).find((each) => each.id === user.id);
    if (found) kept.take(found);
    else onClose();
  };
  const last = isLastOwner(user, users);
  const self = user.id === me.id && (disabled || role !== user.role);
  return (
    <FormDialog
      opened
      title={t("editTitle", { email: user.email })}
      onClose={onClose}
      onSubmit={() => save.mutate()}
      busy={save.isPending}
      error={save.error}
      submitLabel={t("action.save", { ns: "common" })}
      onLoadNewer={() => void loadNewer().catch(notifyProblem)}
    >
      <TextInput {...fields.inputs(save.error).text("name")} label={t("name")} data-autofocus autoComplete="off" maxLength={100} />
      {last ? <Alert color="blue" title={t("lastOwner")} /> : null}
      <RoleRadio value={role} onChange={(value) => fields.set("role", value)} disabled={last} />
      <Switch
        label={t("mayLogIn")}
        description={t("mayLogInHint")}
        checked={!disabled}
        disabled={last}
        onChange={(event) => fields.set("disabled", !event.currentTarget.checked)}
      />
      {self ? <Alert color="orange" icon={<IconAlertTriangle />} title={t("demoteSelf")} /> : null}
    </FormDialog>
  );
}
