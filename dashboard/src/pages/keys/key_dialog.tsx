// A key goes in and does not come out again.
import { Anchor, PasswordInput, TextInput } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { notifyDone } from "@/components";
import { FormDialog, useFields } from "@/components/forms";
import { providerKeysQuery } from "./queries";
import type { Vendor } from "./vendors";

export function KeyDialog({ vendor, onClose }: { vendor: Vendor; onClose: () => void }) {
  const { t } = useTranslation("keys");
  const client = useQueryClient();
  const fields = useFields({ key: "", url: "" });
  const key = fields.values.key.trim();
  const url = fields.values.url.trim();
  const save = useMutation({
    mutationFn: () =>
      api
        .PUT("/api/v1/provider-keys/{provider}", {
          params: { path: { provider: vendor.id } },
          body: { key, ...(url ? { url } : {}) },
        })
        .then(body),
    onSuccess: async () => {
      notifyDone(t("saved", { name: vendor.name }));
      onClose();
      await client.invalidateQueries({ queryKey: providerKeysQuery.queryKey });
    },
  });
  const inputs = fields.inputs(save.error);
  return (
    <FormDialog
      opened
      title={t("setTitle", { name: vendor.name })}
      onClose={onClose}
      onSubmit={() => save.mutate()}
      busy={save.isPending}
      error={save.error}
      submitLabel={t("action.save", { ns: "common" })}
      submitDisabled={key === "" || (vendor.needsUrl === true && url === "")}
    >
      <PasswordInput
        {...inputs.text("key")}
        label={t("key")}
        description={t("keyHint")}
        required
        data-autofocus
        autoComplete="off"
        data-1p-ignore
        data-lpignore="true"
        maxLength={256}
      />
      {vendor.page && !vendor.own ? (
        <Anchor href={vendor.page} target="_blank" rel="noreferrer" size="sm">
          {t("get")} <IconExternalLink size={14} aria-hidden style={{ verticalAlign: -2 }} />
        </Anchor>
      ) : null}
      <TextInput
        {...inputs.text("url")}
        label={t(vendor.needsUrl ? "urlNeeded" : "url")}
        description={t(vendor.needsUrl ? "urlNeededHint" : "urlHint")}
        required={vendor.needsUrl}
        type="url"
        autoComplete="off"
        maxLength={500}
      />
    </FormDialog>
  );
}
