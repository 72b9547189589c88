import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body, type Schemas } from "@/api/client";
import { FormDialog, useFields, useOnceKey } from "@/components/forms";
import { emptyWebhook, WebhookFields, webhooksQuery } from "@/components/webhooks";

interface MakeDialogProps {
  onClose: () => void;
  onMade: (webhook: Schemas["WebhookWithSecret"]) => void;
}

export function MakeDialog({ onClose, onMade }: MakeDialogProps) {
  const { t } = useTranslation("webhooks");
  const client = useQueryClient();
  const onceKey = useOnceKey();
  const fields = useFields(emptyWebhook);
  const input = { ...fields.values, url: fields.values.url.trim(), description: fields.values.description.trim() };
  const make = useMutation({
    mutationFn: () =>
      api.POST("/api/v1/webhooks", { params: { header: { "Idempotency-Key": onceKey.of(input) } }, body: input }).then(body),
    gcTime: 0, // the answer holds the secret
    onSuccess: async (webhook) => {
      onMade(webhook);
      await client.invalidateQueries({ queryKey: webhooksQuery.queryKey });
    },
    onError: onceKey.refused,
  });
  return (
    <FormDialog
      opened
      size="lg"
      title={t("make")}
      onClose={onClose}
      onSubmit={() => make.mutate()}
      busy={make.isPending}
      error={make.error}
      submitLabel={t("make")}
      submitDisabled={input.url === "" || input.events.length === 0}
    >
      <WebhookFields fields={fields} inputs={fields.inputs(make.error)} />
    </FormDialog>
  );
}
