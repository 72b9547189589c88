// What can be done with the agent: try, save, publish, and the rest behind a menu.
import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowBackUp, IconCopy, IconDots, IconDownload, IconHeadset, IconTrash, IconX } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch } from "@/api/client";
import { notifyDone, notifyProblem } from "@/components";
import { DuplicateDialog, exportAgent, forgetAgent } from "@/components/agents";
import { AllowedButton, useRefusal } from "@/components/forms";
import { AskDialog } from "./ask_dialog";
import { PublishDialog } from "./publish_dialog";
import type { Draft } from "./use_draft";

interface EditorActionsProps {
  draft: Draft;
  problems: number;
  onSave: () => void;
}

export function EditorActions({ draft, problems, onSave }: EditorActionsProps) {
  const { t } = useTranslation("agent");
  const { agent, dirty } = draft;
  const search = useSearch({ from: "/shell/agents/$agentId" });
  const navigate = useNavigate({ from: "/agents/$agentId" });
  const cannotWrite = useRefusal()("agents", "write");
  const [publishing, publish] = useDisclosure(false);
  const [asking, setAsking] = useState<"" | "discard" | "delete" | "duplicate">("");
  const close = () => setAsking("");
  const nothingNew = agent.hasDraft || dirty ? undefined : t("publish.nothing");
  const broken = problems > 0 ? t("mendFirst", { count: problems }) : undefined;

  const discard = async () => {
    await draft.discard();
    notifyDone(t("discard.done"));
  };
  const remove = async () => {
    await api.DELETE("/api/v1/agents/{agentId}", { params: { path: { agentId: agent.id }, header: ifMatch(agent.etag) } });
    notifyDone(t("delete.done", { name: agent.name }));
    await navigate({ to: "/agents", ignoreBlocker: true });
    forgetAgent(agent);
  };

  return (
    <>
      <AllowedButton
        resource="sessions"
        level="write"
        variant={search.try ? "light" : "default"}
        leftSection={<IconHeadset size={16} />}
        onClick={() => void navigate({ search: (old) => ({ ...old, try: old.try ? undefined : "voice" }) })}
      >
        {t("try.button")}
      </AllowedButton>
      <Tooltip label={t("saveHint")} openDelay={600} disabled={!dirty}>
        <span>
          <AllowedButton resource="agents" level="write" variant="default" loading={draft.save.isPending} refusal={broken ?? (dirty ? undefined : t("nothingToSave"))} onClick={onSave}>
            {t("save")}
          </AllowedButton>
        </span>
      </Tooltip>
      <AllowedButton resource="agents" level="write" refusal={broken ?? nothingNew} onClick={publish.open}>
        {t("publish.button")}
      </AllowedButton>
      <Menu position="bottom-end" width={250} withinPortal>
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={t("more")}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconArrowBackUp size={16} />} disabled={!dirty} onClick={draft.revert}>
            {t("revert")}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconX size={16} />}
            disabled={cannotWrite !== undefined || !agent.hasDraft || agent.publishedVersion === null}
            onClick={() => setAsking("discard")}
          >
            {t("discard.button")}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => void exportAgent(agent).catch(notifyProblem)}>
            {t("export")}
          </Menu.Item>
          <Menu.Item leftSection={<IconCopy size={16} />} disabled={cannotWrite !== undefined} onClick={() => setAsking("duplicate")}>
            {t("duplicate", { ns: "agent_parts" })}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} disabled={cannotWrite !== undefined} onClick={() => setAsking("delete")}>
            {t("delete.button")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <PublishDialog draft={draft} opened={publishing} onClose={publish.close} />
      <AskDialog opened={asking === "discard"} onClose={close} question={t("discard.question")} hint={t("discard.hint")} action={t("discard.button")} onConfirm={discard} />
      <AskDialog opened={asking === "delete"} onClose={close} question={t("delete.question", { name: agent.name })} hint={t("delete.hint")} action={t("delete.button")} onConfirm={remove} />
      {asking === "duplicate" ? (
        <DuplicateDialog
          agent={agent}
          opened
          onClose={close}
          onDone={(copy) => {
            close();
            void navigate({ to: "/agents/$agentId", params: { agentId: copy.name } });
          }}
        />
      ) : null}
    </>
  );
}
