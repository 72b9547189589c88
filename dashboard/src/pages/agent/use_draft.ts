// The text that is being edited, and the agent as the server last told it.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { api, body, ifMatch } from "@/api/client";
import { agentQuery, rememberAgent, type Agent } from "@/components/agents";
import { isStale, useOnceKey } from "@/components/forms";

export function useDraft(known: Agent) {
  const client = useQueryClient();
  const once = useOnceKey();
  const [base, setBase] = useState(known);
  const [text, setText] = useState(known.yaml);
  // Several changes may come before the next rendering.
  const current = useRef(known.yaml);
  const dirty = text !== base.yaml;

  const put = useCallback((next: string) => {
    current.current = next;
    setText(next);
  }, []);
  const change = useCallback((edit: (text: string) => string) => put(edit(current.current)), [put]);

  const adopt = useCallback(
    (agent: Agent, withText: boolean) => {
      setBase(agent);
      if (withText) put(agent.yaml);
    },
    [put],
  );

  // What somebody else saved comes by itself where nothing would be lost by it.
  useEffect(() => {
    if (known.etag > base.etag && !dirty) adopt(known, true);
  }, [known, base.etag, dirty, adopt]);

  const done = (agent: Agent, withText = true) => {
    rememberAgent(agent);
    adopt(agent, withText);
    return agent;
  };

  const send = async (etag: number) => {
    const sent = current.current;
    const agent = await api
      .PUT("/api/v1/agents/{agentId}", { params: { path: { agentId: base.id }, header: ifMatch(etag) }, body: { yaml: sent } })
      .then(body);
    // What was typed meanwhile stays.
    return done(agent, current.current === sent);
  };

  const save = useMutation({ mutationFn: () => send(base.etag) });

  const publish = useMutation({
    mutationFn: async (note: string) => {
      const saved = dirty ? await send(base.etag) : base;
      const content = { id: saved.id, etag: saved.etag, note };
      return api
        .POST("/api/v1/agents/{agentId}/publish", {
          params: { path: { agentId: saved.id }, header: { ...ifMatch(saved.etag), "Idempotency-Key": once.of(content) } },
          body: { note },
        })
        .then(body)
        .then((agent) => done(agent));
    },
    onError: once.refused,
  });

  const discard = () =>
    api
      .DELETE("/api/v1/agents/{agentId}/draft", { params: { path: { agentId: base.id }, header: ifMatch(base.etag) } })
      .then(body)
      .then((agent) => done(agent));

  const rollBack = (version: number, note: string) =>
    api
      .POST("/api/v1/agents/{agentId}/rollback", {
        params: { path: { agentId: base.id }, header: { ...ifMatch(base.etag), "Idempotency-Key": once.of({ version, note, etag: base.etag }) } },
        body: { version, note },
      })
      .then(body)
      .then((agent) => done(agent))
      .catch((error: unknown) => {
        once.refused(error);
        throw error;
      });

  const newest = async () => {
    const agent = await api.GET("/api/v1/agents/{agentId}", { params: { path: { agentId: base.id } } }).then(body);
    client.setQueryData(agentQuery(agent.id).queryKey, agent);
    save.reset();
    publish.reset();
    return agent;
  };

  return {
    agent: base,
    text,
    dirty,
    change,
    save,
    publish,
    discard,
    rollBack,
    // Somebody else saved while this text was changed.
    stale: isStale(save.error) || isStale(publish.error) || (dirty && known.etag > base.etag),
    // Theirs instead of this text.
    loadNewer: async () => adopt(await newest(), true),
    // This text in front of theirs.
    keepMine: async () => adopt(await newest(), false),
    revert: () => put(base.yaml),
  };
}

export type Draft = ReturnType<typeof useDraft>;
