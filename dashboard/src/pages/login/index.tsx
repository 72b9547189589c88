import { Anchor, Button, Code, Collapse, List, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useEffect, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { enter } from "@/api/enter";
import { ProblemAlert } from "@/components";
import { registerTexts } from "@/i18n";
import { CenteredCard } from "@/shell/centered_card";
import { safePath } from "./safe_path";
import texts from "./texts.en.json";

registerTexts("login", texts);

export default function LoginPage() {
  const { t } = useTranslation("login");
  const { to } = useSearch({ from: "/login" });
  const { history } = useRouter();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [help, { toggle }] = useDisclosure(false);

  // Whoever needs no login (the server's own machine before there are users) or has one is let through.
  useEffect(() => {
    let gone = false;
    api.GET("/api/v1/me").then(
      (answer) => {
        if (gone || !answer.data) return;
        enter(answer.data);
        history.replace(safePath(to, location.origin));
      },
      () => {}, // the form is for those
    );
    return () => {
      gone = true;
    };
  }, [history, to]);

  const login = useMutation({
    mutationFn: () => api.POST("/api/v1/login", { body: { email, password } }).then(body),
    onSuccess: (me) => {
      enter(me);
      history.replace(safePath(to, location.origin));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate();
  };

  return (
    <CenteredCard title={t("title")}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t("email")}
            type="email"
            name="email"
            autoComplete="username"
            required
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("password")}
            name="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <ProblemAlert error={login.error} />
          <Button type="submit" fullWidth loading={login.isPending}>
            {t("submit")}
          </Button>
        </Stack>
      </form>
      <Anchor component="button" type="button" size="sm" onClick={toggle} aria-expanded={help}>
        {t("help")}
      </Anchor>
      <Collapse expanded={help}>
        <List size="sm" spacing={4}>
          <List.Item>{t("helpFirst")}</List.Item>
          <List.Item>{t("helpOthers")}</List.Item>
          <List.Item>
            {t("helpReset")} <Code>parley users reset-password</Code>
          </List.Item>
        </List>
      </Collapse>
    </CenteredCard>
  );
}
