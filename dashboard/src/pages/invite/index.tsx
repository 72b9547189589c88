import { Button, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { enter } from "@/api/enter";
import { Problem } from "@/api/problem";
import { ErrorState, LoadingState, ProblemAlert } from "@/components";
import { NewPassword, passwordFault, useFields } from "@/components/forms";
import { ButtonLink } from "@/components/links";
import { registerTexts } from "@/i18n";
import { CenteredCard } from "@/shell/centered_card";
import texts from "./texts.en.json";

registerTexts("invite", texts);

function JoinForm({ token, invite }: { token: string; invite: { firstOwner: boolean; email: string } }) {
  const { t } = useTranslation("invite");
  const { history } = useRouter();
  const fields = useFields({ email: invite.email, name: "", password: "" });
  const join = useMutation({
    mutationFn: () => {
      const { email, name, password } = fields.values;
      return api
        .POST("/api/v1/invites/{token}", {
          params: { path: { token } },
          body: { name, password, ...(invite.firstOwner ? { email } : {}) },
        })
        .then(body);
    },
    onSuccess: (me) => {
      enter(me);
      history.replace("/");
    },
  });
  const inputs = fields.inputs(join.error);
  const { email, password } = fields.values;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    join.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          {...inputs.text("email")}
          label={t("email")}
          type="email"
          autoComplete="username"
          required
          readOnly={!invite.firstOwner}
          variant={invite.firstOwner ? undefined : "filled"}
        />
        <TextInput {...inputs.text("name")} label={t("name")} autoComplete="name" maxLength={100} />
        <NewPassword
          label={t("password")}
          email={email}
          value={password}
          onChange={(value) => fields.set("password", value)}
          error={inputs.error("password")}
        />
        <ProblemAlert error={join.error} />
        <Button
          type="submit"
          fullWidth
          loading={join.isPending}
          disabled={email.trim() === "" || passwordFault(password, email) !== undefined}
        >
          {t("submit")}
        </Button>
      </Stack>
    </form>
  );
}

export default function InvitePage() {
  const { t } = useTranslation("invite");
  const { token } = useParams({ from: "/invite/$token" });
  const invite = useQuery({
    queryKey: ["invite", token],
    queryFn: () => api.GET("/api/v1/invites/{token}", { params: { path: { token } } }).then(body),
    staleTime: Infinity,
    gcTime: 0, // the token is in the key
  });

  if (invite.data) {
    const { firstOwner, email } = invite.data;
    return (
      <CenteredCard title={t(firstOwner ? "titleOwner" : "titleJoin")} description={firstOwner ? t("ownerHint") : t("joinHint", { email })}>
        <JoinForm token={token} invite={invite.data} />
      </CenteredCard>
    );
  }
  if (!invite.isError) {
    return (
      <CenteredCard title={t("titleJoin")}>
        <LoadingState />
      </CenteredCard>
    );
  }
  const bad = invite.error instanceof Problem && (invite.error.status === 404 || invite.error.status === 400);
  return (
    <CenteredCard title={t(bad ? "badTitle" : "titleJoin")} description={bad ? t("badHint") : undefined}>
      {bad ? (
        <ButtonLink to="/login" variant="default">
          {t("toLogin")}
        </ButtonLink>
      ) : (
        <ErrorState error={invite.error} onRetry={() => void invite.refetch()} />
      )}
    </CenteredCard>
  );
}
