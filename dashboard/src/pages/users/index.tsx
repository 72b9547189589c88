import { Code, Text } from "@mantine/core";
import { IconUserPlus, IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "@/api/me";
import { EmptyState, Page, QueryStates } from "@/components";
import { AllowedButton, KeptForm, SecretOnce } from "@/components/forms";
import { registerTexts } from "@/i18n";
import { EditDialog } from "./edit_dialog";
import { InviteDialog } from "./invite_dialog";
import { usersQuery } from "./queries";
import texts from "./texts.en.json";
import { UserTable } from "./user_table";

registerTexts("users", texts);

export default function UsersPage() {
  const { t } = useTranslation("users");
  const may = useMay();
  const me = useMe();
  const navigate = useNavigate();
  const { dialog } = useSearch({ from: "/shell/users" });
  const users = useQuery(usersQuery);
  const [link, setLink] = useState<{ email: string; url: string } | null>(null);
  const show = (name?: string) => void navigate({ to: "/users", search: { dialog: name } });
  const edited = users.data?.find((user) => user.id === dialog);
  const admin = may("users", "admin");

  const add = (
    <AllowedButton resource="users" level="admin" leftSection={<IconUserPlus size={16} />} onClick={() => show("invite")}>
      {t("invite")}
    </AllowedButton>
  );
  return (
    <Page title={t("title")} description={t("description")} actions={me.kind === "local" ? undefined : add}>
      <QueryStates query={users}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState icon={<IconUsers />} title={t("emptyTitle")}>
              {t("emptyHint")}
            </EmptyState>
          ) : (
            <>
              <UserTable users={items} onEdit={(user) => show(user.id)} />
              <Text size="sm" c="dimmed">
                {t("lost")} <Code>parley users reset-password</Code>
              </Text>
            </>
          )
        }
      </QueryStates>
      {admin && dialog === "invite" ? (
        <InviteDialog
          onClose={() => show()}
          onInvited={(email, url) => {
            show();
            setLink({ email, url });
          }}
        />
      ) : null}
      {admin && edited ? (
        <KeptForm key={edited.id} current={edited}>
          {(base, kept) => <EditDialog user={base} kept={kept} users={users.data ?? []} onClose={() => show()} />}
        </KeptForm>
      ) : null}
      <SecretOnce
        title={t("linkTitle", { email: link?.email })}
        values={link ? [{ label: t("link"), value: link.url, description: t("linkHint") }] : null}
        onClose={() => setLink(null)}
      />
    </Page>
  );
}
