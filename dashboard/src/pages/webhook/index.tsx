import { Badge, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Page, QueryStates } from "@/components";
import { KeptForm } from "@/components/forms";
import { webhookQuery } from "@/components/webhooks";
import { registerTexts } from "@/i18n";
import { Deliveries } from "./deliveries";
import { SettingsForm } from "./settings_form";
import texts from "./texts.en.json";
import { WebhookActions } from "./webhook_actions";

registerTexts("webhook", texts);

export default function WebhookPage() {
  const { t } = useTranslation("webhook");
  const { webhookId } = useParams({ from: "/shell/webhooks/$webhookId" });
  const webhook = useQuery(webhookQuery(webhookId));
  const data = webhook.data;
  return (
    <Page
      title={data?.description || t("title")}
      description={
        data ? (
          <Group gap="xs">
            <Badge variant="light" color={data.enabled ? "teal" : "gray"} tt="none">
              {t(data.enabled ? "on" : "off")}
            </Badge>
            <span style={{ overflowWrap: "anywhere" }}>{data.url}</span>
          </Group>
        ) : undefined
      }
      actions={data ? <WebhookActions webhook={data} /> : undefined}
    >
      <QueryStates query={webhook}>
        {(item) => (
          <>
            <Deliveries webhook={item} />
            <KeptForm current={item}>{(base, kept) => <SettingsForm webhook={base} kept={kept} />}</KeptForm>
          </>
        )}
      </QueryStates>
    </Page>
  );
}
