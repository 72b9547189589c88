import { Paper, SimpleGrid, Title } from "@mantine/core";
import { IconUserOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { EmptyState, Page } from "@/components";
import { registerTexts } from "@/i18n";
import { PasswordForm } from "./password_form";
import { ProfileForm } from "./profile_form";
import texts from "./texts.en.json";

registerTexts("account", texts);

export default function AccountPage() {
  const { t } = useTranslation("account");
  const me = useMe();
  return (
    <Page title={t("title")}>
      {me.kind === "user" ? (
        <SimpleGrid cols={{ base: 1, md: 2 }} style={{ alignItems: "start" }}>
          <Paper withBorder p="md">
            <Title order={2} mb="md">
              {t("who")}
            </Title>
            <ProfileForm me={me} />
          </Paper>
          <Paper withBorder p="md">
            <Title order={2} mb="md">
              {t("password")}
            </Title>
            <PasswordForm email={me.email} />
          </Paper>
        </SimpleGrid>
      ) : (
        <EmptyState icon={<IconUserOff />} title={t("noUser")}>
          {t("noUserHint")}
        </EmptyState>
      )}
    </Page>
  );
}
