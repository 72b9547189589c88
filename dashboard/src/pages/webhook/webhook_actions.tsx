// Test, new secret, deletion.
import { IconSend } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, body, type Schemas } from "@/api/client";
import { useMay } from "@/api/me";
import { ConfirmButton, notifyDone, notifyProblem } from "@/components";
import { AllowedButton, SecretOnce } from "@/components/forms";

export function WebhookActions({ webhook }: { webhook: Schemas["Webhook"] }) {
  const { t } = useTranslation("webhook");
  const { t: h } = useTranslation("hooks");
  const may = useMay();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [secret, setSecret] = useState<string | null>(null);
  const path = { params: { path: { webhookId: webhook.id } } };
  const test = useMutation({
    mutationFn: () => api.POST("/api/v1/webhooks/{webhookId}/test", path),
    onSuccess: async () => {
      notifyDone(t("testQueued"));
      await client.invalidateQueries({ queryKey: ["deliveries", webhook.id] });
    },
    onError: notifyProblem,
  });
  const rotate = async () => {
    const made = await api.POST("/api/v1/webhooks/{webhookId}/secret", path).then(body);
    setSecret(made.secret);
    await client.invalidateQueries({ queryKey: ["webhooks"] });
  };
  const remove = async () => {
    await api.DELETE("/api/v1/webhooks/{webhookId}", path);
    notifyDone(t("deleted"));
    await navigate({ to: "/webhooks", search: {} });
    client.removeQueries({ queryKey: ["webhooks", webhook.id] });
    await client.invalidateQueries({ queryKey: ["webhooks"] });
  };
  return (
    <>
      <AllowedButton
        resource="webhooks"
        level="admin"
        leftSection={<IconSend size={16} />}
        loading={test.isPending}
        refusal={webhook.enabled ? undefined : t("testOff")}
        onClick={() => test.mutate()}
      >
        {t("test")}
      </AllowedButton>
      {may("webhooks", "admin") ? (
        <>
          <ConfirmButton
            variant="default"
            color={undefined}
            question={t("rotateQuestion")}
            explanation={t("rotateHint")}
            confirmLabel={t("rotate")}
            onConfirm={rotate}
          >
            {t("rotate")}
          </ConfirmButton>
          <ConfirmButton question={t("deleteQuestion")} explanation={t("deleteHint")} confirmLabel={t("delete")} onConfirm={remove}>
            {t("delete")}
          </ConfirmButton>
        </>
      ) : null}
      <SecretOnce
        title={h("secretTitle")}
        values={secret ? [{ label: h("secret"), value: secret, description: h("secretHint") }] : null}
        onClose={() => setSecret(null)}
      />
    </>
  );
}
