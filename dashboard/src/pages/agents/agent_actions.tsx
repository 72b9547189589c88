// What can be done with one agent of the list.
import { ActionIcon, Button, Group, Menu, Modal, Text, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCopy, IconDots, IconDownload, IconMessage, IconMicrophone, IconPencil, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, ifMatch } from "@/api/client";
import { ProblemAlert, notifyDone, notifyProblem } from "@/components";
import { DuplicateDialog, exportAgent, forgetAgent, type AgentSummary } from "@/components/agents";
import { useRefusal } from "@/components/forms";

export function AgentActions({ agent }: { agent: AgentSummary }) {
  const { t } = useTranslation("agents");
  const { t: common } = useTranslation();
  const refusal = useRefusal();
  const navigate = useNavigate();
  const [duplicating, duplicate] = useDisclosure(false);
  const [deleting, deletion] = useDisclosure(false);
  const remove = useMutation({
    mutationFn: () => api.DELETE("/api/v1/agents/{agentId}", { params: { path: { agentId: agent.id }, header: ifMatch(agent.etag) } }),
    onSuccess: () => {
      forgetAgent(agent);
      notifyDone(t("deleted", { name: agent.name }));
    },
  });
  const cannotWrite = refusal("agents", "write");
  const cannotTry = refusal("sessions", "write");
  const toEditor = (mode?: string) => void navigate({ to: "/agents/$agentId", params: { agentId: agent.name }, search: { try: mode } });

  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      <Tooltip label={t("edit")}>
        <ActionIcon
          renderRoot={(props) => <Link {...props} to="/agents/$agentId" params={{ agentId: agent.name }} />}
          variant="subtle"
          size="lg"
          aria-label={`${t("edit")}: ${agent.name}`}
          visibleFrom="sm"
        >
          <IconPencil size={18} />
        </ActionIcon>
      </Tooltip>
      <Menu position="bottom-end" width={240} withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" size="lg" aria-label={t("more", { name: agent.name })}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => toEditor()}>
            {t("edit")}
          </Menu.Item>
          <Menu.Item leftSection={<IconMicrophone size={16} />} disabled={cannotTry !== undefined} title={cannotTry} onClick={() => toEditor("voice")}>
            {t("tryVoice")}
          </Menu.Item>
          <Menu.Item leftSection={<IconMessage size={16} />} disabled={cannotTry !== undefined} title={cannotTry} onClick={() => toEditor("text")}>
            {t("tryText")}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconCopy size={16} />} disabled={cannotWrite !== undefined} title={cannotWrite} onClick={duplicate.open}>
            {t("duplicate", { ns: "agent_parts" })}
          </Menu.Item>
          <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => void exportAgent(agent).catch(notifyProblem)}>
            {t("export")}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} disabled={cannotWrite !== undefined} title={cannotWrite} onClick={deletion.open}>
            {t("delete")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {duplicating ? <DuplicateDialog agent={agent} opened onClose={duplicate.close} onDone={(copy) => {
        duplicate.close();
        void navigate({ to: "/agents/$agentId", params: { agentId: copy.name } });
      }} /> : null}
      <Modal opened={deleting} onClose={deletion.close} title={t("deleteQuestion", { name: agent.name })} closeButtonProps={{ "aria-label": common("action.close") }}>
        <Text size="sm" mb="md">
          {t("deleteHint")}
        </Text>
        <ProblemAlert error={remove.error} />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={deletion.close} data-autofocus>
            {common("action.cancel")}
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            {t("delete")}
          </Button>
        </Group>
      </Modal>
    </Group>
  );
}
